import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ARTIFACT_HEADER, NOT_HERE, type RootReply } from "../../schema/wire/root-reply.ts";
import { UNIVERSE } from "../support/apt-universe.ts";
import { buildDeb } from "../support/deb.ts";
import { debianBase } from "../support/debian-base.ts";
import { needs } from "../support/needs.ts";
import { createSudoLab, type SudoLab } from "../support/sudo-lab.ts";

const base = needs("mmdebstrap", "util-linux", "apt", "gpg", "root") ? await debianBase() : undefined;

const HELPER = "/usr/lib/omg/omg-root";
const REFUSED = 4;
const STALE = 7;
const INVALID = 3;
const ERROR = 1;

// What somebody who may run omg-root through sudo, or a program that acts in their name, could try. Real sudo, real
// omg-root; and after each attempt dpkg's status and apt's marks are byte for byte what they were.
describe.runIf(base !== undefined)("the root boundary", () => {
  let lab: SudoLab;
  let before: string;
  beforeAll(async () => {
    if (base === undefined) return;
    lab = await createSudoLab(base, { withoutDebian: true });
    await lab.debian.sh("omg setup --yes");
    await lab.lock("alice", { "omg-app": "2.0" });
  });
  afterAll(() => lab?.dispose());
  beforeEach(() => {
    before = lab.debian.snapshot();
  });
  afterEach(async () => {
    await lab.debian.sh("apt-get -qq -y purge 'omg-*'; rm -rf /tmp/canary*");
  });

  /** What omg-root answers to these bytes. `answer` is given each artifact it asks for, and gives the bytes to send. */
  async function ask(
    request: string | Buffer,
    answer?: (sha256: string) => Buffer,
    person: "alice" | "carol" = "alice",
  ) {
    const replies: RootReply[] = [];
    const ran = await lab.debian.run(["/usr/bin/sudo", "-n", HELPER], {
      user: person,
      onStart: (child) => {
        let rest = "";
        child.stdout?.on("data", (chunk: Buffer) => {
          const lines = (rest + chunk.toString()).split("\n");
          rest = lines.pop() ?? "";
          for (const line of lines) {
            const reply = JSON.parse(line) as RootReply;
            replies.push(reply);
            if (reply.type === "need" && answer !== undefined) child.stdin?.write(answer(reply.sha256));
            else if (reply.type === "need") child.stdin?.end();
          }
        });
        child.stdin?.write(request);
        if (answer === undefined) child.stdin?.end();
      },
    });
    const last = replies.at(-1);
    return { code: ran.code, error: last?.type === "error" ? last.code : undefined, stderr: ran.stderr, replies };
  }

  describe("asked directly", () => {
    it.each([
      ["nothing", "", ERROR],
      ["no line", "{", ERROR],
      ["garbage", "\0\xff garbage\n", INVALID],
      ["another version", line({ version: 2 }), INVALID],
      ["another verb", line({ verb: "exec" }), INVALID],
      ["a field too many", line({ argv: ["sh"] }), INVALID],
      ["a path for the lock's digest", line({ lockDigest: "../../../etc/shadow" }), INVALID],
      ["a negative generation", line({ goal: { type: "generation", scope: "system", number: -1 } }), INVALID],
      ["another scope", line({ goal: { type: "generation", scope: "user", number: 0 } }), INVALID],
      [
        "a path for a snapshot",
        line({ desired: [{ ...desired("omg-base"), settings: { snapshot: "../x" } }] }),
        INVALID,
      ],
      [
        "a path for a kept list",
        line({ desired: [{ ...desired("omg-base"), indexes: { a: digests("../x") } }] }),
        INVALID,
      ],
      ["a provider with a path", line({ desired: [{ ...desired("omg-base"), provider: "../apt" }] }), INVALID],
    ])("with %s, refuses", async (_name, request, code) => {
      const answered = await ask(request);
      expect([answered.code, answered.error]).toEqual([code, "request-invalid"]);
      expect(lab.debian.snapshot()).toBe(before);
    });

    it.each(["--foo", "-o", "../x", "a b", "a;touch /tmp/canary", "$(id)", "", "a\nb", "a\0", "name:../x", "*"])(
      "for the name %j, refuses",
      async (name) => {
        const answered = await ask(line({ desired: [desired(name)] }));
        expect([answered.code, answered.error]).toEqual([INVALID, "request-invalid"]);
        expect(lab.debian.snapshot()).toBe(before);
      },
    );

    it.each(["bash-", "bash+", "omg-base-", "A"])("takes %s for a name, and there is none such", async (name) => {
      const answered = await ask(line({ desired: [desired(name)] }));
      expect([answered.code, answered.error]).toEqual([ERROR, "unknown-name"]);
      const absent = await ask(line({ desired: [{ ...desired(name), wanted: [wanted(name, "absent")] }] }));
      expect([absent.code, absent.error]).toEqual([STALE, "plan-stale"]);
      expect(lab.debian.snapshot()).toBe(before);
    });

    it.each(["bash", "apt"])("does not remove %s", async (name) => {
      const answered = await ask(line({ desired: [{ ...desired(name), wanted: [wanted(name, "absent")] }] }));
      expect([answered.code, answered.error]).toEqual([REFUSED, "refused"]);
      expect(lab.debian.snapshot()).toBe(before);
    });

    it("with a line that never ends, gives up on it", async () => {
      const answered = await ask(Buffer.alloc(80 << 20, "a"));
      expect([answered.code, answered.error]).toEqual([ERROR, "request-invalid"]);
      expect(lab.debian.snapshot()).toBe(before);
    });

    it("with another plan than its own, refuses", async () => {
      const answered = await ask(line({ desired: [desired("omg-base")] }));
      expect([answered.code, answered.error]).toEqual([STALE, "plan-stale"]);
      expect(answered.replies.some(({ type }) => type === "need")).toBe(false);
      expect(lab.debian.snapshot()).toBe(before);
    });

    it("with the signal for Node's debugger, which sudo passes on, opens none and lives", async () => {
      const ran = await lab.debian.run(["/bin/sh", "-c", DEBUG], { user: "alice" });
      expect(ran.stdout).not.toContain("listening");
      expect(ran.stdout).toContain(`"request-invalid"`);
      expect(ran.stdout.trim().split("\n").at(-1)).toBe(String(ERROR));
    });

    it("takes no arguments and gives no shell to those who may only run it", async () => {
      for (const command of [[HELPER, "--help"], ["/bin/sh"], ["/usr/bin/node"], [`${HELPER}/../../../bin/sh`]])
        expect((await lab.debian.run(["/usr/bin/sudo", "-n", ...command], { user: "alice" })).code).toBe(1);
    });
  });

  describe("given bytes to install", () => {
    let request: string;
    beforeAll(async () => {
      request = await lab.requestOf("alice");
    });
    const bytesOf = (sha256: string) => {
      const found = UNIVERSE.map((spec) => spec.name).flatMap((name) => {
        try {
          return [lab.debian.repo.deb(name, name === "omg-app" ? "2.0" : name === "omg-lib" ? "1.1" : "1.0")];
        } catch {
          return [];
        }
      });
      return readFileSync(found.find((deb) => deb.sha256 === sha256)?.path ?? "/nonexistent");
    };
    const nothingKept = async () => {
      expect(lab.debian.snapshot()).toBe(before);
      expect(await lab.debian.sh("find /var/lib/omg/store -type f")).toBe("");
    };

    it("refuses other bytes of the same length", async () => {
      const answered = await ask(request, (sha256) => framed(Buffer.alloc(bytesOf(sha256).length, "x")));
      expect([answered.code, answered.error]).toEqual([REFUSED, "artifact-mismatch"]);
      await nothingKept();
    });

    it("refuses one flipped bit", async () => {
      const answered = await ask(request, (sha256) => {
        const bytes = Buffer.from(bytesOf(sha256));
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        return framed(bytes);
      });
      expect([answered.code, answered.error]).toEqual([REFUSED, "artifact-mismatch"]);
      await nothingKept();
    });

    it("refuses less than was announced", async () => {
      const answered = await ask(request, (sha256) => framed(bytesOf(sha256).subarray(0, 100)));
      expect([answered.code, answered.error]).toEqual([REFUSED, "artifact-mismatch"]);
      await nothingKept();
    });

    it.each([1n << 40n, NOT_HERE - 1n])("refuses to take in %d bytes", async (length) => {
      const answered = await ask(request, () => Buffer.concat([header(length), Buffer.alloc(1 << 20)]));
      expect([answered.code, answered.error]).toEqual([REFUSED, "artifact-mismatch"]);
      await nothingKept();
    });

    it("refuses a stream that ends early", async () => {
      expect(await ask(request)).toMatchObject({ code: ERROR, error: "request-invalid" });
      await nothingKept();
    });

    it("installs its own copy where the right bytes come, whatever comes after them", async () => {
      const endless = Buffer.alloc(1 << 20, "y");
      let sent = 0;
      const answered = await ask(request, (sha256) => {
        sent += 1;
        return Buffer.concat([framed(bytesOf(sha256)), ...(sent === 4 ? [endless] : [])]);
      });
      expect(answered).toMatchObject({ code: 0, error: undefined });
      expect((await lab.debian.installed()).get("omg-app")).toMatchObject({ version: "2.0", status: "ii" });
      expect(await lab.debian.sh("find /var/lib/omg ! -user root; find /var/lib/omg/store -type f -perm /222")).toBe(
        "",
      );
      await lab.debian.sh("rm -rf /var/lib/omg");
    });

    it("fetches itself what the other side does not have", async () => {
      const answered = await ask(request, () => header(NOT_HERE));
      expect(answered).toMatchObject({ code: 0, error: undefined });
      expect((await lab.debian.installed()).get("omg-app")).toMatchObject({ version: "2.0", status: "ii" });
      await lab.debian.sh("rm -rf /var/lib/omg");
    });
  });

  describe("with a program in the user's name that changes their store", () => {
    it("never installs other bytes", async () => {
      const evil = await buildDeb({
        name: "omg-base",
        version: "1.0",
        scripts: { preinst: "touch /tmp/canary-preinst" },
      });
      await lab.debian.sh("cat > evil.deb", { user: "alice", input: readFileSync(evil.path) });
      await lab.lock("alice", { "omg-base": "1.0" });
      const swapping = lab.debian.run(["/bin/sh", "-c", SWAP], { user: "alice" });
      const codes: (number | null)[] = [];
      for (let round = 0; round < 4; round += 1) {
        codes.push((await lab.omg("alice", ["apply", "--yes"])).code);
        const installed = (await lab.debian.installed()).get("omg-base")?.status;
        if (codes.at(-1) !== 0) expect(installed).toBeUndefined();
        await lab.debian.sh("apt-get -qq -y purge omg-base; rm -rf /var/lib/omg");
      }
      await lab.debian.sh("touch /tmp/stop", { user: "alice" });
      await swapping;
      expect(lab.debian.exists("/tmp/canary-preinst")).toBe(false);
      for (const code of codes) expect([0, REFUSED]).toContain(code);
      expect(lab.debian.exists("/tmp/swapped")).toBe(true);
      await lab.debian.sh("rm -rf /home/alice/.local");
    });
  });
});

function header(length: bigint): Buffer {
  const bytes = Buffer.alloc(ARTIFACT_HEADER);
  bytes.writeBigUInt64BE(length);
  return bytes;
}

function framed(bytes: Buffer): Buffer {
  return Buffer.concat([header(BigInt(bytes.length)), bytes]);
}

function wanted(name: string, presence: "present" | "absent" = "present") {
  return { provider: "apt", name, presence, request: "*", attributes: {} };
}

function digests(packages: string) {
  return { release: "0".repeat(64), packages };
}

function desired(name: string) {
  const unmanaged = { mode: "ignore", foreign: "report", ignore: [] };
  return { provider: "apt", wanted: [wanted(name)], unmanaged, notes: [] };
}

/** A request that is right in every field but those that are changed. */
function line(changes: Readonly<Record<string, unknown>>): string {
  const digest = "0".repeat(64);
  const right = {
    version: 1,
    verb: "apply",
    goal: { type: "lock" },
    lock: { name: "attack", repository: "local:/home/alice/env" },
    lockDigest: digest,
    desired: [],
    allowDowngrades: false,
    expected: digest,
  };
  return `${JSON.stringify({ ...right, ...changes })}\n`;
}

/** From the moment on that Node listens to the signal, and while the program is loaded and waits: ten times within a second. */
const DEBUG = `mkfifo /tmp/to-root
sudo -n ${HELPER} < /tmp/to-root 2>&1 & sudo=$!
exec 3> /tmp/to-root
until node=$(grep -ls 'omg-root[.]cjs' /proc/[0-9]*/cmdline) &&
  grep -qs '^SigCgt:.*[2367abef]..$' "\${node%cmdline}status"; do sleep 0.02; done
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -USR1 $sudo; sleep 0.1; done
exec 3>&-
wait $sudo
echo $?
rm /tmp/to-root`;

/** Puts the evil package in the place of every object of the store, again and again. */
const SWAP = `while [ ! -e /tmp/stop ]; do
  for object in ~/.local/share/omg/store/sha256/*/*; do
    [ -e "$object" ] && cp evil.deb "$object.new" && mv -f "$object.new" "$object" && : > /tmp/swapped
  done
done 2>/dev/null`;
