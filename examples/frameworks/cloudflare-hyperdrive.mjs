// Cloudflare Workers load no native code, so not this package. With Hyperdrive they call the functions that
// it has put into PostgreSQL (`ensureOutbox`, `ensureFunctions`); a relay elsewhere publishes.
import pg from "pg";

export default {
  async fetch(request, env) {
    const client = new pg.Client({ connectionString: env.HYPERDRIVE.connectionString });
    await client.connect();
    const args = JSON.stringify([await request.json()]);
    await client.query("SELECT socket_io_emit('news', $1::jsonb, rooms => $2)", [
      args,
      ["readers"],
    ]);
    await client.end();
    return new Response(null, { status: 204 });
  },
};
