import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { boundedOutput } from "../../host/bounded-output.ts";
import { splitLines } from "../../host/lines.ts";
import { CLEAN_ENV, run } from "../../host/run.ts";
import { needs } from "../support/needs.ts";
import { bundleScript, startScript, temporaryFolder } from "./bundle.ts";

const options = { env: CLEAN_ENV };
const sh = (script: string, more: object = {}) => run("/bin/sh", ["-c", script], { ...options, ...more });

describe("run", () => {
  test("gives code, both streams, and takes nothing of our environment or folder", async () => {
    process.env.OMG_TEST_LEAK = "leaked";
    const result = await sh('echo out; echo err >&2; pwd; echo "[$OMG_TEST_LEAK]"; exit 3');
    expect(result).toEqual({ code: 3, signal: null, stdout: "out\n/\n[]\n", stderr: "err\n" });
  });

  test("passes arguments as they are, without a shell", async () => {
    const words = ["a b", "$HOME", "*", "", "--", "'", "\n"];
    const result = await run("/usr/bin/printf", ["%s\\0", ...words], options);
    expect(result.stdout.split("\0").slice(0, -1)).toEqual(words);
  });

  test("stdin is the input, or empty", async () => {
    expect((await run("/bin/cat", [], { ...options, input: "häl\nlo" })).stdout).toBe("häl\nlo");
    expect((await run("/bin/cat", [], options)).stdout).toBe("");
  });

  test("input that nobody reads does no harm", async () => {
    expect((await run("/bin/true", [], { ...options, input: "x".repeat(1 << 20) })).code).toBe(0);
  });

  test.each(["sh", "./sh", ""])("refuses the relative path %j", async (file) => {
    await expect(run(file, [], options)).rejects.toMatchObject({ name: "OmgError", code: "program-relative" });
  });

  test("says when the program is missing, and when it cannot be started", async () => {
    await expect(run("/no/such/program", [], options)).rejects.toMatchObject({ code: "program-missing" });
    const file = join(temporaryFolder(), "plain");
    writeFileSync(file, "", { mode: 0o644 });
    await expect(run(file, [], options)).rejects.toMatchObject({ code: "program-not-started" });
    await expect(run("/bin/echo", ["a\0b"], options)).rejects.toMatchObject({ code: "program-not-started" });
  });

  test("reports death by a signal", async () => {
    expect(await sh("kill -9 $$")).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("ends a program that takes too long, also one that ignores SIGTERM", async () => {
    expect(await run("/bin/sleep", ["60"], { ...options, timeoutMs: 50 })).toMatchObject({
      code: null,
      signal: "SIGTERM",
      stopped: "timeout",
    });
    const deaf = await sh('trap "" TERM; while :; do sleep 0.05; done', { timeoutMs: 1000, detached: true });
    expect(deaf).toMatchObject({ signal: "SIGKILL", stopped: "timeout" });
  });

  test("ends a program when asked to, before or after its start", async () => {
    expect(await run("/bin/sleep", ["60"], { ...options, signal: AbortSignal.abort() })).toMatchObject({
      signal: "SIGTERM",
      stopped: "aborted",
    });
    const controller = new AbortController();
    const running = sh("echo ready; exec sleep 60", { signal: controller.signal, onLine: () => controller.abort() });
    expect(await running).toMatchObject({ signal: "SIGTERM", stopped: "aborted", stdout: "ready\n" });
  });

  test("with a session of its own, stopping takes the children along", async () => {
    const marker = join(temporaryFolder(), "alive");
    const result = await sh(`(sleep 1; echo > ${marker}) & echo started; wait`, { timeoutMs: 100, detached: true });
    expect(result).toMatchObject({ stopped: "timeout", stdout: "started\n" });
    await new Promise((done) => setTimeout(done, 1200));
    expect(existsSync(marker)).toBe(false);
  });

  test.runIf(needs("root"))("waits for a program that became root and cannot be stopped", async () => {
    const folder = temporaryFolder();
    const script = bundleScript(
      folder,
      `import { run } from "./host/run.ts";
       for (const detached of [false, true]) {
         const controller = new AbortController();
         const becomeRoot = ["--reuid=0", "--regid=0", "--clear-groups", "/bin/sh", "-c", "echo up; exec sleep 1.5"];
         const result = await run(process.argv[2], becomeRoot, {
           env: {}, detached, signal: controller.signal, onLine: () => controller.abort(),
         });
         console.log(result.code, result.stopped);
       }`,
    );
    const program = join(folder, "setpriv");
    await sh(`cp /usr/bin/setpriv ${program}; chmod 4755 ${program}; chmod 755 ${folder}`);
    const { stdout, stderr } = await run(
      "/usr/bin/setpriv",
      ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, script, program],
      options,
    );
    expect(stdout + stderr).toBe("0 aborted\n0 aborted\n");
  });

  test("does not wait for a daemon that keeps the output open", async () => {
    const result = await sh("sleep 60 & echo $!; exit 0");
    process.kill(Number(result.stdout), "SIGKILL");
    expect(result).toMatchObject({ code: 0 });
  });

  test("keeps the beginning and the end of a long output", async () => {
    const { stdout } = await sh("echo FIRST; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo LAST", {
      maxOutputBytes: 2000,
    });
    expect(stdout).toMatch(/^FIRST\nx+\n\[\.\.\. 998012 bytes left out \.\.\.\]\nx+\nLAST\n$/);
  });

  test("hands out lines of both streams as they come", async () => {
    const lines: string[] = [];
    await sh("printf 'one\\ntwo'; sleep 0.1; printf ' more\\r\\n' ; sleep 0.1; echo bad >&2; printf 'rest'", {
      onLine: (line: string, stream: string) => lines.push(`${stream}:${line}`),
    });
    expect(lines.toSorted()).toEqual(["stderr:bad", "stdout:one", "stdout:rest", "stdout:two more"]);
  });

  test("a detached program is in a session of its own, an ordinary one in ours", async () => {
    const session = async (detached: boolean) =>
      Number((await sh("cut -d' ' -f6 /proc/self/stat", { detached })).stdout);
    const own = Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1]?.split(" ")[3]);
    expect(await session(false)).toBe(own);
    expect(await session(true)).not.toBe(own);
  });

  test("a program that is to give way does so, and what it starts, within its session and beside others", async () => {
    const least = getPriority() + 3;
    const waiting = `until [ $(cut -d' ' -f19 /proc/self/stat) -ge ${least} ]; do sleep 0.01; done; sleep 0.2; `;
    const own = await sh(`${waiting} cat /proc/self/autogroup 2>/dev/null`, { niceness: least, timeoutMs: 20_000 });
    expect(own).toMatchObject({ signal: null });
    const other = await sh(`${waiting} cat /proc/self/autogroup 2>/dev/null`, {
      niceness: least,
      detached: true,
      timeoutMs: 20_000,
    });
    expect(other).toMatchObject({ signal: null });
    // Of a kernel that shares time out by session. Ours stays as it is, whoever shares it.
    if (!existsSync("/proc/self/autogroup")) return;
    expect(own.stdout).toBe(readFileSync("/proc/self/autogroup", "utf8"));
    expect(other.stdout).toMatch(new RegExp(` nice ${least}$`, "m"));
  });

  test("a program gets no descriptor of ours but its three streams, not even one that we inherited", async () => {
    const script = bundleScript(
      temporaryFolder(),
      `import { openSync } from "node:fs";
       import { run } from "./host/run.ts";
       openSync("/etc/hostname", "r");
       console.log((await run("/bin/ls", ["-l", "/proc/self/fd"], { env: {} })).stdout);`,
    );
    const { stdout } = await sh(`exec 7</etc/passwd; exec ${process.execPath} ${script}`);
    expect(stdout).toMatch(/ 0 -> \/dev\/null/);
    expect(stdout).not.toMatch(/passwd|hostname/);
  });

  test("Ctrl-C for the group reaches us and not a detached program", async () => {
    const folder = temporaryFolder();
    const script = bundleScript(
      folder,
      `import { run } from "./host/run.ts";
       process.on("SIGINT", () => console.log("interrupted"));
       const result = await run("/bin/sh", ["-c", "echo up; sleep 0.5; echo finished"], {
         env: {}, detached: true, onLine: (line) => console.log(line),
       });
       console.log(JSON.stringify(result.code));`,
    );
    // A group of its own stands for the terminal's foreground group; `kill -INT -GROUP` is what the terminal does.
    const wrapper = join(folder, "wrapper.mjs");
    writeFileSync(
      wrapper,
      `import { spawn } from "node:child_process";
       const child = spawn(process.execPath, [${JSON.stringify(script)}], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
       let sent = false;
       child.stdout.on("data", (data) => {
         process.stdout.write(data);
         if (!sent && String(data).includes("up")) { sent = true; process.kill(-child.pid, "SIGINT"); }
       });`,
    );
    const { output } = await startScript(wrapper).ended;
    expect(output.trim().split("\n")).toEqual(["up", "interrupted", "finished", "0"]);
  });
});

describe("splitLines", () => {
  const split = (chunks: readonly Buffer[]): string[] => {
    const lines: string[] = [];
    const splitter = splitLines((line) => lines.push(line));
    for (const chunk of chunks) splitter.push(chunk);
    splitter.end();
    return lines;
  };

  test("knows the three line endings, keeps empty lines, leaves out empty progress", () => {
    expect(split([Buffer.from("a\nb\r\n\n10%\r\r20%\rdone\r\n\r\nz")])).toEqual([
      "a",
      "b",
      "",
      "10%",
      "20%",
      "done",
      "z",
    ]);
  });

  test("cuts endless lines", () => {
    expect(split([Buffer.alloc(150_000, "x")]).map((line) => line.length)).toEqual([65_536, 65_536, 18_928]);
  });

  test("the cuts between pieces do not matter, not even within a character", () => {
    const text = fc.array(fc.constantFrom("a", "ü", "€", "🙂", "\n", "\r", "\r\n", " "), { maxLength: 40 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(80)), (parts, cuts) => {
        const whole = Buffer.from(parts.join(""));
        const places = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = places.slice(1).map((end, index) => whole.subarray(places[index], end));
        expect(split(pieces)).toEqual(split([whole]));
      }),
    );
  });

  test("text without carriage returns is split as by newline", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "ü", "\n"), { maxLength: 40 }), (parts) => {
        const text = parts.join("");
        const expected = text.split("\n");
        if (expected.at(-1) === "") expected.pop();
        expect(split([Buffer.from(text)])).toEqual(expected);
      }),
    );
  });
});

test("boundedOutput keeps all of what fits, and never much more than the limit", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.integer({ min: 2, max: 200 }), (chunks, limit) => {
      const output = boundedOutput(limit);
      const text = chunks.map((chunk) => Buffer.from(chunk.map((byte) => 97 + (byte % 26))));
      for (const chunk of text) output.push(chunk);
      const whole = Buffer.concat(text).toString();
      const half = Math.floor(limit / 2);
      const missing = whole.length - 2 * half;
      if (missing <= 0) expect(output.text()).toBe(whole);
      else
        expect(output.text()).toBe(
          `${whole.slice(0, half)}\n[... ${missing} bytes left out ...]\n${whole.slice(-half)}`,
        );
    }),
  );
});
