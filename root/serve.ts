import type { Readable, Writable } from "node:stream";
import { adoptFor, applyFor, recoverFor } from "../app/for-others.ts";
import { refreshHere } from "../app/refresh.ts";
import { EXIT, OmgError } from "../schema/error.ts";
import type { RootReply } from "../schema/wire/root-reply.ts";
import type { RootRequest } from "../schema/wire/root-request.ts";
import { refuseUnsafeInstallation, rootContext } from "./context.ts";
import { type Inbox, openInbox } from "./inbox.ts";
import type { Stop } from "./stop.ts";

/** One request in, events and an outcome out. The end of the input is a wish to stop. @returns the exit code */
export async function serve(input: Readable, output: Writable, stop: Stop): Promise<number> {
  const say = (reply: RootReply) => void output.write(`${JSON.stringify(reply)}\n`);
  const inbox = openInbox(input, stop.now);
  try {
    refuseUnsafeInstallation();
    const request = await parseRequest(await inbox.line());
    say({ type: "result", ...(await handle(request, inbox, say, stop.signal)) });
    return EXIT.done;
  } catch (cause) {
    const error =
      cause instanceof OmgError
        ? cause
        : new OmgError({
            code: "internal",
            exit: "error",
            message: cause instanceof Error ? cause.message : String(cause),
            hint: "This is a bug in omg: please report it.",
          });
    const { code, exit, message, state, hint, details } = error;
    say({
      type: "error",
      code,
      exit,
      message,
      ...(state === undefined ? {} : { state }),
      ...(hint === undefined ? {} : { hint }),
      details,
    });
    return EXIT[exit];
  }
}

async function handle(
  request: RootRequest,
  inbox: Inbox,
  say: (reply: RootReply) => void,
  signal: AbortSignal,
): Promise<{ generation?: number; adopted?: readonly string[]; already?: readonly string[] }> {
  const ctx = rootContext((event) => say({ type: "event", event }), signal);
  if (request.verb === "recover") {
    await recoverFor(ctx, request.lock);
    return {};
  }
  if (request.verb === "refresh") {
    await refreshHere(ctx);
    return {};
  }
  if (request.verb === "adopt") return adoptFor(ctx, request);
  return { generation: await applyFor(ctx, request, inbox.source(say)) };
}

async function parseRequest(line: string): Promise<RootRequest> {
  const { RootRequest: schema } = await import("../schema/wire/root-request.ts");
  const parsed = schema.safeParse(parseJson(line));
  if (parsed.success) return parsed.data;
  throw new OmgError({
    code: "request-invalid",
    exit: "invalid",
    message: "omg-root was asked something that it does not understand.",
    state: "Nothing was changed.",
    hint: "Both sides must be of one version: run `sudo omg setup --yes` again.",
    details: parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
