// Sends chat completions with OpenAI's SDK; prints what the SDK made of each answer.

import OpenAI from "openai";
import { input } from "./input.mjs";

const results = [];
for (const { base_url, body } of await input()) {
  const client = new OpenAI({ baseURL: base_url, apiKey: "none" });
  try {
    results.push(body.stream ? await streamed(client, body) : await whole(client, body));
  } catch (error) {
    results.push({ error: error.constructor.name, status: error.status, message: error.message });
  }
}
console.log(JSON.stringify(results));

async function whole(client, body) {
  const { choices, usage } = await client.chat.completions.create(body);
  return answer(choices[0].message.content, choices[0].message.tool_calls ?? [], usage);
}

async function streamed(client, body) {
  let text = "";
  let usage;
  const calls = [];
  for await (const chunk of await client.chat.completions.create(body)) {
    usage = chunk.usage ?? usage;
    for (const { delta } of chunk.choices) {
      text += delta.content ?? "";
      for (const piece of delta.tool_calls ?? []) {
        calls[piece.index] ??= { id: piece.id, function: { name: "", arguments: "" } };
        calls[piece.index].function.name += piece.function.name ?? "";
        calls[piece.index].function.arguments += piece.function.arguments ?? "";
      }
    }
  }
  return answer(text, calls, usage);
}

function answer(text, calls, usage) {
  const named = calls.map((call) => [call.id, call.function.name, JSON.parse(call.function.arguments)]);
  return { text: text ?? "", calls: named, usage: [usage.prompt_tokens, usage.completion_tokens] };
}
