import { expect } from "vitest";
import { run } from "../../host/run.ts";
import type { Packed } from "../../schema/wire/msgpack.ts";
import type { DaemonLab } from "../support/daemon-omg-lab.ts";
import { DIST } from "../support/fronts.ts";
import { runOmg } from "../support/omg-lab.ts";
import { connectTo, type OmgdClient } from "../support/omgd-client.ts";
import { until } from "../support/until.ts";

type Message = Awaited<ReturnType<OmgdClient["ask"]>>;

interface Question {
  /** As omgd is asked. */
  readonly asked: Readonly<Record<string, Packed>>;
  /** The command that says the same. */
  readonly args: readonly string[];
}

const QUESTIONS: readonly Question[] = [
  { asked: { ask: "explicit" }, args: ["explicit"] },
  { asked: { ask: "orphans" }, args: ["orphans"] },
  { asked: { ask: "outdated" }, args: ["outdated"] },
  { asked: { ask: "info", names: ["omg-app"] }, args: ["info", "omg-app"] },
  { asked: { ask: "info", names: ["omg-script", "omg-eda"] }, args: ["info", "omg-script", "omg-eda"] },
  { asked: { ask: "search", terms: ["omg"], limit: 25 }, args: ["search", "omg"] },
  { asked: { ask: "search", terms: ["omg", "app"], limit: 2 }, args: ["search", "omg", "app", "--limit", "2"] },
];
/** Of the machine, whatever it is like at that moment. */
const ALSO: readonly Question["asked"][] = [
  { ask: "status" },
  { ask: "metrics" },
  { ask: "batch", questions: [{ ask: "ping" }, { ask: "explicit" }, { ask: "outdated" }] },
];
/** Between two questions of those that ask on. Milliseconds. */
const PAUSE = 100;
const FAST = `${DIST}/omg-fast`;

/** Those who ask omgd while everything else goes on. */
export interface Askers {
  /** A question by omg-fast; where nothing changes meanwhile, it and omgd have to say what the command itself says. */
  ask(isStill: boolean): Promise<void>;
  /** How much was asked so far: by a client that stays and by those that come and go; and by omg-fast, how much of that omgd answered. */
  tally(): Promise<{
    readonly stays: number;
    readonly comeAndGo: number;
    readonly fast: number;
    readonly byOmgd: number;
  }>;
  /** Throws what any of them met with. */
  end(): Promise<void>;
}

/** @param random of their own, since they ask beside whatever else is random */
export async function openAskers({ follow }: DaemonLab, random: () => number): Promise<Askers> {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const path = follow.place("runtime", "control.sock");
  const asked = { stays: 0, comeAndGo: 0, fast: 0 };
  // omgd's own count of answers, less those that came to the clients here, is of what omg-fast passed on.
  let toClients = 0;
  const askBy = async (client: OmgdClient, question: Question["asked"]): Promise<Message> => {
    const reply = await client.ask(question);
    if ("tier" in reply) toClients += 1;
    return reply;
  };
  let stays: OmgdClient | undefined;
  await until(async () => {
    stays = await connectTo(path).catch(() => undefined);
    return stays !== undefined;
  }, 60_000);
  const staying = stays as unknown as OmgdClient;
  // One question at a time, so that the count is of one moment.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = turn.then(work);
    turn = next.catch(() => undefined);
    return next;
  };
  const anything = () => pick([...QUESTIONS.map((each) => each.asked), ...ALSO, unlike(random)]);
  const comeAndGo = async () => {
    const client = await connectTo(path);
    expectReply(await askBy(client, anything()));
    // Half of them leave in the middle of a question.
    if (random() < 0.5) client.send(Uint8Array.of(0, 0, 1));
    client.close();
    await client.closed;
    asked.comeAndGo += 1;
  };
  let isOver = false;
  const askOn = async () => {
    while (!isOver) {
      await inTurn(async () => {
        expectReply(await askBy(staying, anything()));
        asked.stays += 1;
        await comeAndGo();
      });
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  };
  const askingOn = askOn();
  askingOn.catch(() => undefined);

  /** What omgd says once it has seen everything. */
  const current = async (question: Question["asked"]): Promise<Message> => {
    let reply: Message = {};
    await until(async () => {
      reply = await inTurn(() => askBy(staying, question));
      return reply.current === true;
    }, 60_000);
    return reply;
  };
  return {
    ask: async (isStill) => {
      const question = pick(QUESTIONS);
      const reply = isStill ? await current(question.asked) : {};
      const fast = await inTurn(() => run(FAST, question.args, { env: follow.env }));
      asked.fast += 1;
      expect(fast.code, fast.stderr).toBe(0);
      if (!isStill) return;
      // In a folder without a lock, where omgd may answer.
      const [text, document] = await Promise.all(
        [[], ["--json"]].map((more) => runOmg([...question.args, ...more], "/", follow.env, {})),
      );
      const expected = [text?.code, text?.stdout, text?.stderr, JSON.parse(document?.stdout ?? "")];
      expect([question.args, fast.code, fast.stdout, fast.stderr, reply.answer]).toEqual([question.args, ...expected]);
    },
    tally: () =>
      inTurn(async () => {
        // The answer with the counts is no part of them.
        const before = toClients;
        const { answer } = await askBy(staying, { ask: "cache-stats" });
        const { answers } = answer as { answers: Readonly<Record<string, number>> };
        return { ...asked, byOmgd: Object.values(answers).reduce((sum, each) => sum + each, -before) };
      }),
    end: async () => {
      isOver = true;
      await askingOn;
      staying.close();
    },
  };
}

/** A search that was seldom made before, and mostly finds something. */
function unlike(random: () => number): Question["asked"] {
  const letter = "abceimoprst"[Math.floor(random() * 11)] ?? "o";
  return { ask: "search", terms: ["omg", letter], limit: 1 + Math.floor(random() * 500) };
}

function expectReply(reply: Message): void {
  const { answer, error } = reply as { answer?: unknown; error?: { readonly code: string } };
  if (answer === undefined && !["unknown", "not-ready"].includes(error?.code ?? ""))
    throw new Error(JSON.stringify(reply));
}
