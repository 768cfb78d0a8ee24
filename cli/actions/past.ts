import { historyScreen } from "../render/history.ts";
import { type Answer, applied, document, type Invocation, switches } from "./shared.ts";

export async function history({ context }: Invocation): Promise<Answer> {
  const app = await import("../../app/commands/history.ts");
  const result = await app.history(context);
  const broken = Object.values(result.log).some((log) => log.broken !== undefined);
  return {
    exit: broken ? "error" : "done",
    json: document(result),
    screen: (screen) => historyScreen(result, screen),
  };
}

export async function rollback(invocation: Invocation): Promise<Answer> {
  const { context, flags, args } = invocation;
  const app = await import("../../app/commands/rollback.ts");
  const generation = args[0] === undefined ? {} : { generation: args[0] };
  return applied(await app.rollback(context, { ...generation, ...switches(flags, ["yes", "dryRun"]) }), invocation);
}
