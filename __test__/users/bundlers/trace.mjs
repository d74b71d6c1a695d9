// The files that nft finds, from the folder above on.
import { nodeFileTrace } from "@vercel/nft";

const { fileList } = await nodeFileTrace(["main.mjs"], { base: ".." });
console.log(JSON.stringify([...fileList]));
