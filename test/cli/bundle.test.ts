import { spawn, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const OMG = join(import.meta.dirname, "../../bin/omg");

/** Runs a command with a pipe of 4 KiB (1031: F_SETPIPE_SZ) that gives EAGAIN when it is full, and reads from it late. */
const SLOW_READER = `use Fcntl;
pipe(my $from, my $to) or die;
fcntl($to, 1031, 4096) or die;
fcntl($to, F_SETFL, O_WRONLY | O_NONBLOCK) or die;
my $child = fork();
if ($child == 0) { open(STDOUT, ">&", $to); exec(@ARGV); }
close($to);
sleep(1);
print while <$from>;
waitpid($child, 0);
exit($? >> 8);
`;

// The built program as it is started, in an empty folder: what only a real process shows.
describe("the program", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "omg-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function omg(args: readonly string[], options: { env?: Record<string, string>; closeStdout?: boolean } = {}) {
    const dirs = Object.fromEntries(
      ["CONFIG", "DATA", "STATE", "CACHE", "RUNTIME"].map((name) => [`OMG_${name}_DIR`, join(folder, name)]),
    );
    const env = { PATH: "/usr/bin:/bin", HOME: folder, ...dirs, ...options.env };
    const child = spawn(process.execPath, [OMG, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const shown = { stdout: "", stderr: "" };
    child.stderr.on("data", (chunk) => {
      shown.stderr += chunk;
    });
    if (options.closeStdout) child.stdout.destroy();
    else
      child.stdout.on("data", (chunk) => {
        shown.stdout += chunk;
      });
    return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, ...shown })),
    );
  }

  it("ends, though what would say why is gone with the rest of it", () => {
    const program = join(folder, "omg.cjs");
    cpSync(join(OMG, "../../dist/omg.cjs"), program);
    const { status, stderr } = spawnSync(process.execPath, [program, "status"], { encoding: "utf8", timeout: 30_000 });
    expect([status, stderr]).toEqual([1, expect.stringContaining("omg-rest.cjs")]);
  });

  it("says its version and its help on stdout", async () => {
    expect(await omg(["--version"])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      stderr: "",
    });
    const { code, stdout, stderr } = await omg(["--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("env capture");
    expect(stdout).not.toContain("\u001b");
  });

  it.each([["--help"], ["schema"], ["schema", "lock"], ["status", "--json"], ["history"]])(
    "does not call it success when what it says cannot be written: %s %s",
    (...args) => {
      const full = openSync("/dev/full", "w");
      const ran = spawnSync(OMG, args.filter(Boolean), {
        cwd: folder,
        env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: folder, OMG_RUNTIME_DIR: folder },
        encoding: "utf8",
        stdio: ["ignore", full, "pipe"],
      });
      closeSync(full);
      expect(ran.status).toBe(1);
      expect(ran.stderr).toMatch(/The output could not be written: .*\nNow: {2}.*\nNext: .*\n$/);
      expect(ran.stderr).not.toContain("bug in omg");
    },
  );

  it("waits for a reader where the pipe does not wait itself", () => {
    const whole = spawnSync(OMG, ["schema", "lock"], { encoding: "utf8" }).stdout;
    const read = spawnSync("perl", ["-e", SLOW_READER, OMG, "schema", "lock"], { encoding: "utf8" });
    expect(whole.length).toBeGreaterThan(8192);
    expect(read).toMatchObject({ status: 0, stdout: whole, stderr: "" });
  });

  it("ends a usage error with 1 and a message on stderr", async () => {
    expect(await omg(["aply"])).toEqual({
      code: 1,
      stdout: "",
      stderr: "omg: unknown command 'aply'.\nNext: Did you mean apply?\n",
    });
  });

  it("ends an error on purpose with its exit code, its state and its next step", async () => {
    const { code, stdout, stderr } = await omg(["plan"]);
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/^omg: There is no omg\.lock .*\nNow: {2}.*\nNext: .*\n$/);
  });

  it("gives programs one JSON document, errors included", async () => {
    const { code, stdout } = await omg(["check", "--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ format_version: "1.0", error: { code: "no-lock", exit_code: 3 } });
    const status = await omg(["status", "--json"]);
    expect(JSON.parse(status.stdout)).toMatchObject({ format_version: "1.0", state: "unknown" });
  });

  it("colours only where it is asked to", async () => {
    expect((await omg(["plan", "--color", "always"])).stderr).toContain("\u001b[31m");
    expect((await omg(["plan"], { env: { CLICOLOR_FORCE: "1" } })).stderr).toContain("\u001b[31m");
    expect((await omg(["plan"], { env: { CLICOLOR_FORCE: "1", NO_COLOR: "1" } })).stderr).not.toContain("\u001b");
  });

  it("shows a stack for OMG_DEBUG only", async () => {
    expect((await omg(["plan"])).stderr).not.toMatch(/^ {4}at /m);
    expect((await omg(["plan"], { env: { OMG_DEBUG: "1" } })).stderr).toMatch(/^ {4}at /m);
  });

  it("is quiet about a reader that went away", async () => {
    expect(await omg(["status"], { closeStdout: true })).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});
