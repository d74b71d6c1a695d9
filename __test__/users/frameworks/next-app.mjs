import { POST } from "./frameworks/nextjs.mjs";

const body = JSON.stringify({ title: "Next.js" });
const response = await POST(new Request("http://localhost/news", { method: "POST", body }));
if ((await response.json()).sent !== "Next.js") process.exitCode = 1;
