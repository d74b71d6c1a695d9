import { handler } from "./frameworks/aws-lambda.mjs";

await handler({ Records: [{ body: JSON.stringify("AWS Lambda") }] });
