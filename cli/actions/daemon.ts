import type { Context } from "../../app/context.ts";
import type { Tell } from "../../daemon/book.ts";
import { OmgError } from "../../schema/error.ts";
import { jsonLine, snakeCase } from "../../schema/wire/json-names.ts";
import {
  acceptQuestion,
  acceptScreen,
  daemonStatusScreen,
  fetchScreen,
  healthScreen,
  laidScreen,
  suspendScreen,
  tellingLines,
} from "../render/daemon.ts";
import { type Answer, document, type Invocation, switches } from "./shared.ts";

async function asService(context: Context): Promise<Context> {
  return (await import("../../daemon/units/identity.ts")).asService(context);
}

export async function daemonRun({ context, print }: Invocation): Promise<Answer> {
  const [app, { printPassedOn }] = await Promise.all([import("../../daemon/run.ts"), import("../passed-on.ts")]);
  const tell: Tell = (tellings) => {
    const time = context.now().toISOString();
    print(
      tellings.map((each) => jsonLine({ time, ...(snakeCase(each) as object) })),
      (screen) => tellingLines(tellings, screen, time),
    );
  };
  await app.daemonRun(context, tell, printPassedOn);
  return { exit: "done", json: undefined, screen: () => [], printed: true };
}

export async function daemonStatus({ context }: Invocation): Promise<Answer> {
  const app = await import("../../daemon/status.ts");
  const result = await app.daemonStatus(await asService(context));
  return { exit: "done", json: document(result), screen: (screen) => daemonStatusScreen(result, screen) };
}

export async function daemonSuspend({ context, flags }: Invocation): Promise<Answer> {
  const app = await import("../../daemon/suspend.ts");
  if (flags.reason === undefined || flags.reason.trim() === "")
    throw new OmgError({
      code: "usage",
      exit: "error",
      message: "Why is not said.",
      hint: "Others will want to know: --reason TEXT",
    });
  const result = app.suspend(await asService(context), flags.reason.slice(0, 200));
  return { exit: "done", json: document(result), screen: (screen) => suspendScreen(result, screen) };
}

export async function daemonResume({ context }: Invocation): Promise<Answer> {
  const app = await import("../../daemon/suspend.ts");
  const result = app.resume(await asService(context));
  return { exit: "done", json: document(result), screen: (screen) => suspendScreen(result, screen) };
}

export async function daemonHealth({ context, flags }: Invocation): Promise<Answer> {
  const { health } = await import("../../daemon/health/health.ts");
  const result = await health(await asService(context), switches(flags, ["wait"]).wait === true);
  return {
    exit: result.problem === undefined ? "done" : "error",
    json: document(result),
    screen: (screen) => healthScreen(result, screen),
  };
}

export async function daemonFetch({ context, flags }: Invocation): Promise<Answer> {
  const { fetchSource, layOutAgain } = await import("../../daemon/source/fetch.ts");
  const service = await asService(context);
  if (typeof flags.again === "string") {
    const laid = await layOutAgain(service, commitIn([flags.again]));
    return { exit: "done", json: document({ laid }), screen: (screen) => laidScreen(laid, screen) };
  }
  const result = await fetchSource(service, switches(flags, ["nearby"]).nearby === true);
  return {
    exit: result.problem === undefined ? "done" : "invalid",
    json: document(result),
    screen: (screen) => fetchScreen(result, screen),
  };
}

export async function daemonAccept({ context, flags, args, ask }: Invocation): Promise<Answer> {
  const { acceptCommit } = await import("../../daemon/source/accept.ts");
  const result = await acceptCommit(await asService(context), {
    commit: commitIn(args),
    yes: switches(flags, ["yes"]).yes === true,
    ...(ask === undefined
      ? {}
      : { agree: (about) => ask((screen) => acceptQuestion(about, screen), "Believe it as it is?") }),
  });
  return {
    exit: result.outcome === "accepted" ? "done" : "consent",
    json: document(result),
    screen: (screen) => acceptScreen(result, screen),
  };
}

function commitIn(args: readonly string[]): string {
  const [commit, more] = args;
  if (commit !== undefined && more === undefined && /^[0-9a-f]{40}$/.test(commit)) return commit;
  throw new OmgError({
    code: "usage",
    exit: "error",
    message: "A commit is named in full: 40 hexadecimal digits.",
    hint: "`omg daemon fetch` names it where it refuses one.",
  });
}
