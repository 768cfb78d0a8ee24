import type { Context } from "../../app/context.ts";
import { EXIT } from "../../schema/error.ts";
import { snakeCase } from "../../schema/wire/json-names.ts";
import type { Packed } from "../../schema/wire/msgpack.ts";
import type { OwnersQuestion, Question, Reply } from "../../schema/wire/questions.ts";
import { runOmg } from "../child.ts";
import { resume, suspend } from "../suspend.ts";
import type { Telling } from "../tell.ts";
import type { Answerer } from "./client.ts";

/** What the owner's questions reach. */
export interface Controls {
  readonly ctx: Context;
  /** Absolute path of the lock that runs are about. */
  readonly lock: () => Promise<string>;
  /** Has a round come that looks at everything. */
  readonly reconcile: () => void;
  /** Forgets what was said, and works everything out anew. */
  readonly clearCache: () => Promise<void>;
  /** Everything that is new from now on, until the returned function is called. */
  readonly listen: (hear: (tellings: readonly Telling[]) => void) => () => void;
}

/** Answers whoever runs omgd, and for everybody's questions asks `others`. */
export function answerOwner(controls: Controls, others: Answerer<Question>): Answerer<Question | OwnersQuestion> {
  const { ctx, lock, reconcile, clearCache } = controls;
  return async (question, reply, gone) => {
    switch (question.ask) {
      case "plan":
      case "check":
        return void reply(await childs(ctx, [question.ask, "--lock", await lock()], gone));
      case "security":
        return void reply(await childs(ctx, ["audit", "scan", "--lock", await lock()], gone, REPORTED));
      case "history":
        return void reply(await childs(ctx, ["history"], gone));
      case "events":
        return subscribe(controls, reply, gone);
      case "suspend":
        return void reply(done(suspend(ctx, question.reason.slice(0, 200))));
      case "resume":
        return void reply(done(resume(ctx)));
      case "reconcile":
        reconcile();
        return void reply(done({ asked: true }));
      case "cache-clear":
        await clearCache();
        return void reply(done({ cleared: true }));
      default:
        return others(question, reply, gone);
    }
  };
}

function done(answer: object): Reply {
  return { answer: snakeCase(answer) as Packed, tier: "files", age: 0, current: true };
}

/** Codes of `omg audit scan` with which it has told what there is. */
const REPORTED: ReadonlySet<number> = new Set([EXIT.refused, EXIT.unreachable]);

/** A run of omg; one that nobody waits for any more is ended. */
async function childs(
  ctx: Context,
  args: readonly string[],
  gone: AbortSignal,
  reported: ReadonlySet<number> = new Set(),
): Promise<Reply> {
  const signal = AbortSignal.any([ctx.signal, gone]);
  const { document, problem, code } = await runOmg({ ...ctx, signal }, args);
  const isReport = code !== undefined && reported.has(code) && !("error" in document);
  if (problem === undefined || isReport) return done({ exit: code, document });
  return { error: { code: problem.code, message: problem.message } };
}

/** Until the client leaves. */
function subscribe({ listen }: Controls, reply: (reply: Reply) => boolean, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = listen((tellings) => {
      for (const telling of tellings) reply({ event: snakeCase(telling) as Packed });
    });
    reply(done({ subscribed: true }));
    gone.addEventListener("abort", () => {
      stop();
      resolve();
    });
  });
}
