import { type Packed, PackedBefore } from "../../schema/wire/msgpack.ts";
import type { Reply, SystemQuestion } from "../../schema/wire/questions.ts";

/** Does something when it is one client's turn. Undefined where the client left before. */
export type InTurn = <T>(work: () => T | Promise<T>) => Promise<T | undefined>;

/** Batches that are under way. */
export interface Batches {
  /** Bytes of their answers so far. */
  readonly bytes: () => number;
  /** Answers one after the other, each in a turn of its own, until the client leaves. */
  answer(
    questions: readonly SystemQuestion[],
    answer: (question: SystemQuestion) => Promise<Reply>,
    inTurn: InTurn,
    reply: (reply: Reply) => void,
  ): Promise<void>;
}

/** Bytes of a batch's answers, after which nothing more is answered in it. */
const MOST_BYTES = 1 << 20;
const FULL: Reply = {
  error: { code: "too-long", message: `The answers before this have ${MOST_BYTES} bytes: ask it in another batch.` },
};

export function openBatches(): Batches {
  let all = 0;
  return {
    bytes: () => all,
    answer: async (questions, answer, inTurn, reply) => {
      // Packed at once: as objects they would be many times as large.
      const answers: PackedBefore[] = [];
      let [bytes, age, current] = [0, 0, true];
      const add = (each: Reply): true => {
        const packed = new PackedBefore(each as Packed);
        answers.push(packed);
        bytes += packed.bytes.length;
        all += packed.bytes.length;
        if ("current" in each) {
          age = Math.max(age, each.age);
          current &&= each.current;
        }
        return true;
      };
      try {
        for (const question of questions) {
          if (bytes >= MOST_BYTES) add(FULL);
          else if ((await inTurn(async () => add(await answer(question)))) === undefined) return;
        }
        reply({ answer: answers, tier: "index", age, current });
      } finally {
        all -= bytes;
      }
    },
  };
}
