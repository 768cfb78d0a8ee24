import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { frameOf, MAX_MESSAGE, openFrames, PROTOCOL } from "../../schema/wire/frames.ts";
import { MalformedMessage, type Packed } from "../../schema/wire/msgpack.ts";
import type { Asked, Reply } from "../../schema/wire/questions.ts";

/** How clients are dealt with. Times in milliseconds. */
export interface Manners {
  /** Bytes of the longest question. */
  readonly longest: number;
  /** How long a question may take to arrive once it has begun, and an answer to be taken. */
  readonly slow: number;
  /** How long a client may say nothing. */
  readonly idle: number;
}

/** How many questions are read of a client that does not wait for answers. */
const MOST_WAITING = 64;

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
  const waiting: Asked<Q>[] = [];
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  const leave = () => {
    clearTimeout(timer);
    // Without a reason an error would be made for one, with its stack.
    gone.abort("the client left");
    socket.destroy();
  };
  const within = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(leave, ms);
  };
  const send = (id: number, reply: Reply): boolean => {
    if (gone.signal.aborted) return false;
    // What is said in one turn goes out at once, and wakes the client once.
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    const taken = socket.write(frameIn(id, reply));
    if (!taken) within(manners.slow);
    return true;
  };
  const refuse = (id: number, message: string) => {
    send(id, { error: { code: "malformed", message } });
    within(manners.slow);
    socket.end(leave);
  };
  const rest = () => within(frames.pending ? manners.slow : manners.idle);
  const goOn = async () => {
    if (busy) return;
    busy = true;
    clearTimeout(timer);
    for (let next = waiting.shift(); next !== undefined && !gone.signal.aborted; next = waiting.shift()) {
      const { id, question } = next;
      await answer(question, (reply) => send(id, reply), gone.signal);
      if (socket.writableNeedDrain) await drained(socket);
      // Others come in between, whatever one client has sent beforehand.
      if (waiting.length > 0) await turn();
    }
    busy = false;
    if (gone.signal.aborted) return;
    rest();
    socket.resume();
  };
  socket.on("data", (piece: Buffer) => {
    try {
      waiting.push(...frames.push(piece).map(read));
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      refuse(0, error.message);
      return;
    }
    if (!busy) rest();
    // Not before: while nothing is read, nobody notices that the client left.
    if (waiting.length >= MOST_WAITING) socket.pause();
    if (waiting.length > 0) void goOn().catch(leave);
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
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}
