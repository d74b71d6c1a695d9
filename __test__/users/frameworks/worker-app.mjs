import worker from "./frameworks/cloudflare-hyperdrive.mjs";

const env = { HYPERDRIVE: { connectionString: process.env.DATABASE_URL } };
const body = JSON.stringify("Cloudflare Workers");
const { status } = await worker.fetch(new Request("http://x/", { method: "POST", body }), env);
if (status !== 204) process.exitCode = 1;
