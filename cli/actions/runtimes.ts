import { OmgError } from "../../schema/error.ts";
import { listScreen } from "../render/runtimes.ts";
import { edited } from "./edit.ts";
import { type Answer, document, type Invocation, selection, switches } from "./shared.ts";

export async function use(invocation: Invocation): Promise<Answer> {
  const { context, flags } = invocation;
  const [runtime, version] = requestIn(invocation.args);
  const app = await import("../../app/commands/use.ts");
  const { lock } = selection(context, flags);
  const result = await app.use(context, {
    runtime,
    version,
    ...(lock === undefined ? {} : { lock }),
    ...switches(flags, ["yes", "dryRun", "global"]),
    ...(flags.apply === false ? { noApply: true } : {}),
  });
  return edited(result, invocation);
}

export async function list({ context, flags, args }: Invocation): Promise<Answer> {
  const [runtime] = args;
  const app = await import("../../app/commands/list.ts");
  const { lock } = selection(context, flags);
  const result = await app.list(context, {
    ...(runtime === undefined ? {} : { runtime }),
    ...(lock === undefined ? {} : { lock }),
    ...switches(flags, ["available"]),
  });
  const names = result.versions.map((each) =>
    runtime === undefined ? `${each.runtime} ${each.version}` : each.version,
  );
  return {
    exit: "done",
    json: document(result),
    screen: (screen) => listScreen(result, screen),
    ...(flags.names === true ? { text: names.map((name) => `${name}\n`).join("") } : {}),
  };
}

/** `node 20`, `node@20`. */
function requestIn(args: readonly string[]): readonly [runtime: string, version: string] {
  const [runtime, version, ...more] = args.length === 1 ? (args[0] ?? "").split("@") : args;
  if (runtime !== undefined && version !== undefined && version !== "" && more.length === 0) return [runtime, version];
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: "A runtime and a version are needed.",
    state: "Nothing was changed.",
    hint: "Such as `omg use node 20`; `omg list node --available` shows what there is.",
  });
}
