// Reads a stream with nothing but what node itself has.

import { input } from "./input.mjs";

const { url, body } = await input();
const headers = { "content-type": "application/json" };
const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
let text = "";
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) text += piece;
console.log(JSON.stringify({ status: answer.status, type: answer.headers.get("content-type"), text }));
