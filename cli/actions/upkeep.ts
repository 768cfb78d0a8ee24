import { cleanQuestion, cleanScreen } from "../render/clean.ts";
import { doctorScreen } from "../render/doctor.ts";
import { type Answer, document, type Invocation, switches } from "./shared.ts";

export async function clean({ context, flags, ask }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/clean.ts");
  const { olderThan, maxSize, keepGenerations } = flags;
  const result = await app.clean(context, {
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(keepGenerations === undefined ? {} : { keepGenerations }),
    ...switches(flags, ["yes", "dryRun"]),
    ...(ask === undefined ? {} : { agree: (found) => ask((screen) => cleanQuestion(found, screen), "Remove these?") }),
  });
  const interrupted = result.outcome === "declined" && context.signal.aborted;
  return {
    exit: result.outcome === "declined" ? (interrupted ? "interrupted" : "consent") : "done",
    json: document(result),
    screen: (screen) => cleanScreen(result, screen, flags.yes !== true),
  };
}

export async function doctor({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/doctor.ts");
  const result = await app.doctor(context, switches(flags, ["fix"]));
  return {
    exit: result.healthy ? "done" : "error",
    json: document(result),
    screen: (screen) => doctorScreen(result, screen),
  };
}
