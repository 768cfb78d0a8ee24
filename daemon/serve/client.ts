import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { frameOf, MAX_MESSAGE, openFrames, PROTOCOL } from "../../schema/wire/frames.ts";
import { MalformedMessage, type Packed } from "../../schema/wire/msgpack.ts";
import type { Asked, Reply } from "../../schema/wire/questions.ts";

/** How clients are dealt with. Times in milliseconds. */
export interface Manners {
  /** Bytes of the longest question. */
  readonly longest: number;
  /** Bytes of what may be asked before answers were taken. */
  readonly ahead: number;
  /** How long a question may take to arrive once it has begun, and an answer to be taken. */
  readonly slow: number;
  /** How long a client may say nothing. */
  readonly idle: number;
}

/** Answers one question: `reply` may be called several times, and says whether anybody still reads. `gone`: the client left. */
export type Answerer<Q> = (question: Q, reply: (reply: Reply) => boolean, gone: AbortSignal) => void | Promise<void>;

export interface Dialogue<Q> {
  readonly read: (message: Packed) => Asked<Q>;
  readonly answer: Answerer<Q>;
  readonly manners: Manners;
}

/**
 * Answers what a client asks, one question after the other, until it leaves. What it does wrong ends its own connection, with a word on why, and
 * nothing else: each has its own buffer, and nothing is read from it while its answer is not taken.
 */
export function serveClient<Q>(socket: Socket, { read, answer, manners }: Dialogue<Q>): void {
  const frames = openFrames(manners.longest);
  const gone = new AbortController();
  const waiting: Buffer[] = [];
  let ahead = 0;
  let [busy, isGone] = [false, false];
  let timer: NodeJS.Timeout | undefined;
  const leave = () => {
    clearTimeout(timer);
    isGone = true;
    // Most have their answer, and nobody waits to hear it. Without a reason an error would be made for one, with its stack.
    if (busy) gone.abort("the client left");
    socket.destroy();
  };
  const within = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(leave, ms);
  };
  const send = (id: number, reply: Reply): boolean => {
    if (isGone) return false;
    // What is said in one turn goes out at once, and wakes the client once.
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    const taken = socket.write(frameIn(id, reply));
    if (!taken) within(manners.slow);
    return true;
  };
  const refuse = (code: string, message: string) => {
    send(0, { error: { code, message } });
    within(manners.slow);
    socket.end(leave);
  };
  const wrong = (error: unknown) => {
    if (error instanceof MalformedMessage) refuse("malformed", error.message);
    else leave();
  };
  const rest = () => within(frames.pending ? manners.slow : manners.idle);
  const answerIn = async (piece: Buffer) => {
    for (const { id, question } of frames.push(piece).map(read)) {
      if (isGone) return;
      await answer(question, (reply) => send(id, reply), gone.signal);
      if (socket.writableNeedDrain) await drained(socket);
      // Others come in between, whatever one client has sent beforehand.
      await turn();
    }
  };
  const goOn = async () => {
    busy = true;
    clearTimeout(timer);
    for (let piece = waiting.shift(); piece !== undefined && !isGone; piece = waiting.shift()) {
      await answerIn(piece);
      ahead -= piece.length;
    }
    busy = false;
    if (!isGone) rest();
  };
  socket.on("data", (piece: Buffer) => {
    waiting.push(piece);
    ahead += piece.length;
    // It is read from all the same: otherwise nobody would notice that the client left.
    if (ahead > manners.ahead) refuse("too-long", "More is asked than may wait: take some answers first.");
    else if (!busy) void goOn().catch(wrong);
  });
  socket.on("drain", () => {
    if (busy) clearTimeout(timer);
  });
  socket.on("error", leave);
  socket.on("end", leave);
  socket.on("close", leave);
  rest();
}

function frameIn(id: number, reply: Reply): Buffer {
  const head = { v: PROTOCOL, id };
  try {
    return frameOf({ ...head, ...reply } as Packed);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `The answer is longer than ${MAX_MESSAGE} bytes: ask for less of it.`;
    return frameOf({ ...head, error: { code: "too-long", message } });
  }
}

/** Resolves too when the client leaves. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
