import { describe, expect, it, vi } from "vitest";
import { createProgress, type ProgressOptions, stoppedState } from "../../cli/progress.ts";
import type { Operation } from "../../schema/model/transaction.ts";

const operation: Operation = { type: "write", label: "write \u001b[31mthings", path: "/x", content: "", mode: 0o644 };

function progress(parts: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  const clock = { now: 0 };
  const made = createProgress({
    write: (text) => written.push(text),
    live: false,
    columns: () => 40,
    color: false,
    quiet: false,
    verbose: false,
    clock: () => clock.now,
    ...parts,
  });
  return { ...made, written, clock, text: () => written.join("") };
}

describe("progress without a terminal", () => {
  it("is one plain line for what takes long or changes something", () => {
    const { emit, text } = progress();
    emit({ type: "stage", stage: "observe", state: "started" });
    emit({ type: "stage", stage: "fetch", state: "started" });
    emit({ type: "stage", stage: "fetch", state: "finished" });
    emit({ type: "operation", state: "started", operation, index: 0, count: 2 });
    emit({ type: "output", line: "Unpacking" });
    emit({ type: "operation", state: "finished", operation, index: 0, count: 2 });
    expect(text()).toBe("omg: fetching\nomg: [1/2] write things\n");
  });

  it("tells everything for --verbose, and only warnings for --quiet", () => {
    const events = ({ emit }: ReturnType<typeof progress>) => {
      emit({ type: "stage", stage: "observe", state: "started" });
      emit({ type: "operation", state: "started", operation, index: 0, count: 1 });
      emit({ type: "output", line: "Unpacking \u0007x" });
      emit({ type: "warning", message: "a source is old", hint: "refresh it" });
      emit({ type: "recovered", message: "an interrupted run was finished" });
    };
    const [loud, quiet] = [progress({ verbose: true }), progress({ quiet: true })];
    events(loud);
    events(quiet);
    expect(loud.text()).toBe(
      "omg: reading this machine\nomg: [1/1] write things\n  Unpacking x\nomg: a source is old refresh it\nomg: an interrupted run was finished\n",
    );
    expect(quiet.text()).toBe("omg: a source is old refresh it\nomg: an interrupted run was finished\n");
  });
});

describe("progress on a terminal", () => {
  it("draws one line over, never wider than the terminal, at most ten times a second", () => {
    vi.useFakeTimers();
    try {
      const { emit, written, clock, clear } = progress({ live: true });
      for (let n = 0; n < 50; n++) {
        emit({ type: "fetching", name: `apt.${"x".repeat(60)}`, done: 0, total: 0, bytes: 1000 });
        clock.now += 1;
        vi.advanceTimersByTime(1);
      }
      expect(written).toHaveLength(1);
      clock.now += 100;
      vi.advanceTimersByTime(100);
      expect(written).toHaveLength(2);
      expect(written[1]).toContain("50 kB");
      for (const drawn of written) {
        expect(drawn.startsWith("\r") && drawn.endsWith("\u001b[K\r")).toBe(true);
        expect(drawn.slice(1, -4).length).toBeLessThan(40);
        expect(drawn).not.toContain("\n");
      }
      clear();
      expect(written.at(-1)).toBe("\r\u001b[K");
    } finally {
      vi.useRealTimers();
    }
  });

  it("takes the line away before a message, and clears only what it drew", () => {
    const { emit, written, clear } = progress({ live: true });
    clear();
    expect(written).toEqual([]);
    emit({ type: "stage", stage: "fetch", state: "started" });
    emit({ type: "warning", message: "careful" });
    expect(written.slice(1)).toEqual(["\r\u001b[K", "omg: careful\n"]);
    clear();
    expect(written).toHaveLength(3);
  });

  it("draws nothing for --quiet", () => {
    const { emit, written } = progress({ live: true, quiet: true });
    emit({ type: "stage", stage: "fetch", state: "started" });
    emit({ type: "output", line: "x" });
    expect(written).toEqual([]);
  });
});

describe("what is true after an interruption", () => {
  const state = (made: ReturnType<typeof progress>) => stoppedState(made, false, false);

  it("is that nothing changed until an operation started", () => {
    const made = progress();
    made.emit({ type: "stage", stage: "apply", state: "started" });
    expect(state(made)).toBe("Nothing was changed.");
    expect(stoppedState(made, true, false)).toContain("run it again");
    made.emit({ type: "operation", state: "started", operation, index: 0, count: 3 });
    expect(state(made)).toContain("0 of 3 operations done");
    made.emit({ type: "operation", state: "finished", operation, index: 0, count: 3 });
    expect(state(made)).toContain("1 of 3 operations done");
  });

  it("names a lock that was written already", () => {
    const made = progress();
    made.emit({ type: "edited", path: "/x/omg.lock" });
    expect(state(made)).toBe("The machine was not changed. /x/omg.lock stays as edited.");
  });

  it("is not known while another process may be writing, until that has answered", () => {
    const made = progress();
    const root = (stage: "recover" | "apply", state: "started" | "finished") =>
      made.emit({ type: "stage", stage, state });
    root("apply", "started");
    root("recover", "started");
    root("recover", "finished");
    expect(made.touched().writing).toBe(true);
    expect(stoppedState(made, false, true)).toContain("may have begun");
    expect(state(made)).toBe("Nothing was changed.");
    root("apply", "finished");
    expect(stoppedState(made, false, true)).toBe("Nothing was changed.");
  });
});
