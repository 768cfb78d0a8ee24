import { status } from "../../app/commands/status.ts";
import type { Context } from "../../app/context.ts";
import type { KnownInfo, Prepared } from "../../app/prepared/open.ts";
import { fnv1a64 } from "../../host/fnv.ts";
import manifest from "../../package.json" with { type: "json" };
import { snakeCase } from "../../schema/wire/json-names.ts";
import { type Packed, PackedBefore } from "../../schema/wire/msgpack.ts";
import type { PassedOn, Question, Reply, Standing, SystemQuestion } from "../../schema/wire/questions.ts";
import { surroundingsText } from "../../schema/wire/surroundings.ts";
import type { Batches, InTurn } from "./batch.ts";
import type { Answerer } from "./client.ts";
import type { Indexer } from "./indexer.ts";
import type { Memory } from "./memory.ts";
import type { Turns } from "./turns.ts";

/** What a command prints, and its exit code. */
export interface Printed extends Pick<KnownInfo, "readNow"> {
  readonly text: string;
  readonly exit: number;
}

/** What a command line would print; undefined where that has to be found out by running it. */
export type Print = (passed: PassedOn, prepared: Prepared, now: Date) => Printed | undefined;

/** What questions about the system are answered from. */
export interface Sources {
  readonly ctx: Context;
  readonly build: string;
  readonly indexer: Pick<Indexer, "current" | "caughtUp" | "isTrue" | "refresh">;
  /** What commands print, and what questions are answered with. */
  readonly memory: { readonly said: Memory<Said>; readonly told: Memory<Told> };
  /** Called with where each answer is from. */
  readonly count: (tier: Standing["tier"]) => void;
  readonly turns: Turns;
  readonly batches: Batches;
  /** Bytes of answers that wait for being taken. */
  readonly untaken: () => number;
  readonly print: Print;
  readonly metrics: () => string;
  readonly cacheStats: () => Packed;
  /** Milliseconds since the epoch. */
  readonly started: number;
}

/** Bytes of answers that are here, for whomever, before nothing more is worked out: so omgd stays small, whatever its clients do. */
const MOST_HERE = 32 << 20;

/** Whose facts are told: with what the account of this omgd has of its own, or only what holds for everybody. */
export type Whose = "own" | "everybodys";

/** Answers what anybody may ask: facts about the system. Opens no file that a client names. */
export function answerQuestions(sources: Sources, whose: Whose): Answerer<Question> {
  const { turns, indexer, untaken, count, batches } = sources;
  const isFull = () => untaken() + batches.bytes() > MOST_HERE;
  const passedOn = commandAnswerer(sources, isFull);
  const answer = async (question: SystemQuestion) =>
    isFull()
      ? error("busy", "Too many answers wait to be taken: try again in a moment.")
      : answerOne(question, sources, whose);
  return async (question, replied, gone) => {
    const reply: typeof replied = (each) => {
      if ("tier" in each) count(each.tier);
      return replied(each);
    };
    const inTurn: InTurn = (work) =>
      turns.take(gone, async () => {
        // From here to what is answered there is no other turn: that is true of one moment, after the question was there.
        await indexer.caughtUp();
        return work();
      });
    if (question.ask === "ping" || question.ask === "cache-stats") reply(await answerOne(question, sources, whose));
    else if (question.ask === "batch") await batches.answer(question.questions, answer, inTurn, reply);
    else if (question.ask === "command")
      await inTurn(() => {
        for (const each of passedOn(question)) reply(each);
      });
    else await inTurn(async () => reply(await answer(question)));
  };
}

async function answerOne(question: SystemQuestion, sources: Sources, whose: Whose): Promise<Reply> {
  const { ctx, build, started, metrics, cacheStats } = sources;
  const now = (answer: Packed): Reply => ({ answer, tier: "files", age: 0, current: true });
  switch (question.ask) {
    case "ping":
      return now({ pid: process.pid, version: manifest.version, build, started: new Date(started).toISOString() });
    case "metrics":
      return now(metrics());
    case "cache-stats":
      return now(cacheStats());
    case "status":
      return now(document(await status(ctx)));
    default:
      return fromPrepared(question, sources, whose);
  }
}

type PreparedQuestion = Extract<SystemQuestion, { readonly ask: "search" | "info" }> | { readonly ask: string };

/** An answer, with where it was from first. As the thousand objects of a long one it would be larger, and moved about whenever memory is collected. */
export interface Told extends Source {
  readonly answer: PackedBefore;
}

/** Where something was first read, and when, in milliseconds since the epoch. */
interface Source {
  readonly tier: "index" | "files";
  readonly since: number;
}

function fromPrepared(question: PreparedQuestion, sources: Sources, whose: Whose): Reply {
  const { indexer, ctx } = sources;
  const { told } = sources.memory;
  const found = indexer.current();
  if (found === undefined) return error("not-ready", "What is asked is being worked out: ask again in a moment.");
  if (whose === "everybodys" && !found.everybodys.includes(question.ask)) return notEverybodys();
  const key = JSON.stringify([whose, question]);
  const known = told.get(key);
  const now = known ?? tell(question, asSeen(found, whose), ctx);
  if (now === undefined) return error("unknown", "Nothing is known of that here: the command itself says why.");
  if (known === undefined) told.put(key, now, key.length * 2 + now.answer.bytes.length);
  const current = indexer.isTrue();
  if (!current) indexer.refresh();
  return { answer: now.answer, ...standing(known, now, ctx), current };
}

function asSeen(found: Prepared, whose: Whose): Prepared {
  return whose === "own" ? found : { ...found, explicit: found.explicitForOthers };
}

function tell(question: PreparedQuestion, found: Prepared, ctx: Context): Told | undefined {
  if ("names" in question) {
    const known = found.info(question.names);
    return known && { answer: packed(known.result), ...sourceOf(known, found, ctx) };
  }
  const { terms, limit, ask } = { terms: undefined, limit: 0, ...question };
  const result = terms ? found.search(terms, limit) : found[ask as "explicit" | "orphans" | "outdated"];
  return result && { answer: packed(result), tier: "index", since: found.made };
}

function sourceOf({ readNow }: Pick<KnownInfo, "readNow">, { made }: Prepared, { now }: Context): Source {
  return { tier: readNow === "none" ? "index" : "files", since: readNow === "all" ? now().getTime() : made };
}

/** `known`: the same, where it is remembered. */
function standing(known: Source | undefined, { tier, since }: Source, { now }: Context): Standing {
  return { tier: known ? "memory" : tier, age: Math.max(0, Math.floor((now().getTime() - since) / 1000)) };
}

function packed(result: object): PackedBefore {
  return new PackedBefore(document(result));
}

/** As `--json` prints it. */
function document(result: object): Packed {
  return { format_version: "1.0", ...(snakeCase(result) as { readonly [name: string]: Packed }) };
}

function error(code: string, message: string): Reply {
  return { error: { code, message } };
}

function notEverybodys(): Reply {
  const message = "That hangs on what the account of this omgd has of its own, which it is told at control.sock.";
  return error("not-everybodys", message);
}

/** Answers a command only where whoever passed it on would have printed exactly this. */
function commandAnswerer(sources: Sources, isFull: () => boolean): (passed: PassedOn) => readonly Reply[] {
  const { ctx, build, indexer, memory, print } = sources;
  const own = fnv1a64(surroundingsText(ctx));
  const reasonAgainst = (passed: PassedOn, found: Prepared | undefined): string | undefined => {
    if (passed.build !== build) return "another build";
    if (isFull()) return "too many answers wait to be taken";
    if (found === undefined) return "not ready";
    const isOwn = passed.uid === ctx.uid && passed.surroundings === own;
    const isEverybodys = passed.uid !== ctx.uid && found.everybodys.includes(passed.args[0] ?? "");
    if (!isOwn && !isEverybodys) return "another user or environment";
    if (found.warned) return "something has to be told with it";
    if (indexer.isTrue()) return undefined;
    indexer.refresh();
    return "something changed";
  };
  return (passed) => {
    const found = indexer.current();
    const reason = reasonAgainst(passed, found);
    if (reason !== undefined || found === undefined) return [{ decline: reason ?? "not ready" }];
    const whose = passed.uid === ctx.uid ? "own" : "everybodys";
    const key = JSON.stringify([whose, passed.args, passed.terminal, passed.columns, passed.look]);
    const known = memory.said.get(key);
    const said = known ?? saidBy(print(passed, asSeen(found, whose), ctx.now()), found, ctx);
    if (said === undefined) return [{ decline: "not known here" }];
    if (known === undefined) memory.said.put(key, said, key.length * 2 + said.bytes.length);
    return [...piecesOf(said.bytes), { exit: said.exit, ...standing(known, said, ctx) }];
  };
}

/** What a command printed, as it goes out. */
export interface Said extends Source {
  readonly bytes: Buffer;
  readonly exit: number;
}

function saidBy(printed: Printed | undefined, found: Prepared, ctx: Context): Said | undefined {
  return printed && { bytes: Buffer.from(printed.text), exit: printed.exit, ...sourceOf(printed, found, ctx) };
}

/** Bytes of what goes into one message. */
const PIECE = 1 << 20;

function piecesOf(bytes: Buffer): readonly Reply[] {
  const pieces: Reply[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) pieces.push({ out: bytes.subarray(at, at + PIECE) });
  return pieces;
}
