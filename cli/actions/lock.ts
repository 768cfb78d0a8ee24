import { resolve } from "node:path";
import { captureScreen } from "../render/capture.ts";
import { lockScreen } from "../render/lock.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function capture({ context, flags, args }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/capture.ts");
  const file = args[0] === undefined ? {} : { file: resolve(context.cwd, args[0]) };
  const result = await app.capture(context, {
    ...selection(context, flags),
    ...file,
    ...switches(flags, ["adopt", "force", "print"]),
  });
  return {
    exit: "done",
    json: document(result),
    screen: (screen) => captureScreen(result, screen),
    ...(flags.print === true ? { text: result.text } : {}),
  };
}

export async function lock({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/lock.ts");
  const result = await app.lock(context, { ...selection(context, flags), ...switches(flags, ["print"]) });
  return { exit: "done", json: document(result), screen: (screen) => lockScreen(result, screen) };
}
