// An agent with one tool, streamed, with the SDK of the provider named on the command line.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const parameters = { type: "object", properties: { city: { type: "string" } } };
const question = { role: "user", content: "What's the weather in Florence?" };
const weather = ({ city }) => `22 degrees in ${city}`;

async function openai() {
  const client = new OpenAI();
  const tools = [{ type: "function", function: { name: "weather", parameters } }];
  const messages = [question];
  for (;;) {
    const stream = client.chat.completions.stream({ model: "gpt-4o-mini", messages, tools });
    const { message } = (await stream.finalChatCompletion()).choices[0];
    if (!message.tool_calls?.length) return message.content;
    messages.push({ role: "assistant", tool_calls: message.tool_calls });
    for (const call of message.tool_calls) {
      const content = weather(JSON.parse(call.function.arguments));
      messages.push({ role: "tool", tool_call_id: call.id, content });
    }
  }
}

async function anthropic() {
  const client = new Anthropic();
  const tools = [{ name: "weather", input_schema: parameters }];
  const messages = [question];
  for (;;) {
    const stream = client.messages.stream({
      model: "claude-x", max_tokens: 100, messages, tools,
    });
    const { content } = await stream.finalMessage();
    const calls = content.filter((block) => block.type === "tool_use");
    if (!calls.length) return content[0].text;
    messages.push({ role: "assistant", content });
    messages.push({
      role: "user",
      content: calls.map((call) => ({
        type: "tool_result", tool_use_id: call.id, content: weather(call.input),
      })),
    });
  }
}

console.log(await { openai, anthropic }[process.argv[2]]());
