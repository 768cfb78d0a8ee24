import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, createServer as createSocketServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, type Omgd, openOmgd } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { OMG } from "../support/omg-lab.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils", "root");
/** Somebody with a session, and an account of the system that has one, too. */
const [PERSON, SYSTEMS] = [64_123, 123];
const KEY = "a-key-that-is-as-long-as-the-hash-is";

interface Posted {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Change {
  readonly about: string;
  readonly text: string;
}

let lab: DaemonLab;
let server: Server;
let posted: Posted[];
let answer: (() => number) | undefined;
beforeEach(async () => {
  posted = [];
  answer = () => 204;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      posted.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      if (answer !== undefined) response.writeHead(answer()).end();
    });
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  if (HERE) lab = await createDaemonLab();
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await lab?.close();
});

const changesOf = ({ body }: Posted): readonly Change[] => JSON.parse(body).changes;
const isTold = (text: string) => posted.some((each) => changesOf(each).some((change) => change.text.includes(text)));
const key = () => join(lab.follow.repo.folder, "webhook.key");
const log = () => join(lab.follow.repo.folder, "told");

function configure(more = ""): void {
  const { port } = server.address() as AddressInfo;
  lab.configure(
    { drift: "report" },
    `[daemon.notify]\nwebhook = "http://127.0.0.1:${port}/hook?secret=in-the-path"\nkey = "${key()}"\n${more}`,
  );
}

async function driftAndBack(omgd: Omgd): Promise<void> {
  await lab.machine.apt.dpkg("--remove", "omg-app");
  await omgd.hears(({ text }) => text.startsWith("drifted: 1 difference"));
}

describe.runIf(HERE)("notifications", () => {
  it("say what changed, once, signed, and to a command as well", async () => {
    writeFileSync(key(), `${KEY}\n`, { mode: 0o600 });
    writeFileSync(log(), "");
    chmodSync(log(), 0o666);
    configure(`command = ["/bin/sh", "-c", "{ id -u; cat; } >> ${log()}"]\n`);
    const first = await lab.publish({ "omg-app": "2.0" });
    let omgd = lab.start();
    await omgd.hears(isInForce(first));
    await until(() => isTold(`${first.slice(0, 12)} is in force`), 60_000);
    await driftAndBack(omgd);
    await until(() => isTold("drifted: 1 difference"), 60_000);
    for (const { headers, body } of posted) {
      const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
      const expected = createHmac("sha256", KEY).update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
      expect(JSON.parse(body)).toMatchObject({
        id: headers["webhook-id"],
        channel: expect.stringContaining("branch main"),
      });
      expect(Math.abs(Number(headers["webhook-timestamp"]) * 1000 - Date.now())).toBeLessThan(3_600_000);
    }
    // Neither a round nor a restart is news.
    const count = posted.length;
    await lab.look(omgd);
    await omgd.stop();
    omgd = lab.start();
    await omgd.hears(isInForce(first));
    await lab.look(omgd);
    await lab.follow.json(0, "daemon", "suspend", "--reason", "a pause");
    await until(() => isTold("a pause"), 60_000);
    expect(
      posted
        .slice(count)
        .flatMap(changesOf)
        .map(({ about }) => about),
    ).toEqual(["suspension"]);
    await until(() => readFileSync(log(), "utf8").includes("a pause"), 60_000);
    const lines = readFileSync(log(), "utf8").trim().split("\n");
    expect(lines.filter((line) => /^\d+$/.test(line)).every((line) => line === "65534")).toBe(true);
    expect(lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line).id)).toEqual(
      posted.map(({ headers }) => headers["webhook-id"]),
    );
  });

  it("are shown on the desktop of who is logged in, with words that are no markup", async () => {
    // There is no desktop here: what stands at notify-send's place writes down what it was told, by whom and of which bus. A real socket is
    // the session's bus, and where both lie the system has nothing of its own.
    const { folder } = lab.follow.repo;
    const shown = join(folder, "shown");
    writeFileSync(shown, "");
    chmodSync(shown, 0o666);
    const bin = join(folder, "desktop");
    const sessions = join(folder, "run/user");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "notify-send"),
      `#!/bin/sh\nfor each in "$(id -u) $DBUS_SESSION_BUS_ADDRESS" "$@" end; do echo "$each"; done >> ${shown}\n`,
      { mode: 0o755 },
    );
    const buses = [PERSON, SYSTEMS].map((uid) => {
      mkdirSync(join(sessions, String(uid)), { recursive: true });
      const bus = join(sessions, String(uid), "bus");
      return { uid, bus, server: createSocketServer().listen(bus) };
    });
    try {
      await Promise.all(buses.map((each) => once(each.server, "listening")));
      for (const { uid, bus } of buses) chownSync(bus, uid, uid);
      lab.configure({ drift: "report" }, "[daemon.notify]\ndesktop = true\n");
      const first = await lab.publish({ "omg-app": "2.0" });
      const inside = `mount -t overlay omg -o lowerdir=${bin}:/usr/bin /usr/bin && mount --rbind ${folder}/run /run && exec "$@"`;
      const words = ["--mount", "sh", "-c", inside, "sh", process.execPath, OMG, "daemon", "run", "--json"];
      const { env } = lab.follow;
      const omgd = openOmgd(spawn("unshare", words, { cwd: "/", env, stdio: ["ignore", "pipe", "pipe"] }));
      await omgd.hears(isInForce(first));
      await lab.follow.json(0, "daemon", "suspend", "--reason", "<b>a pause</b> & more");
      await driftAndBack(omgd);
      const told = () => readFileSync(shown, "utf8").split("end\n").slice(0, -1);
      await until(() => told().some((each) => each.includes("drifted: 1 difference")), 60_000);
      expect(await omgd.stop()).toBe(143);
      const by = `${PERSON} unix:path=/run/user/${PERSON}/bus\n--app-name=omg\n--urgency=normal\n--\nomg\n`;
      expect(told().map((each) => each.slice(0, by.length))).toEqual(told().map(() => by));
      expect(told().join("")).toContain("&lt;b&gt;a pause&lt;/b&gt; &amp; more");
    } finally {
      for (const { server } of buses) server.close();
    }
  });

  it("are tried again, hold nothing up, and show no secret", async () => {
    writeFileSync(key(), KEY, { mode: 0o644 });
    chmodSync(key(), 0o644);
    configure();
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    await omgd.hears(({ about, text }) => about === "omgd" && text.includes("can be read by others"));
    await omgd.hears(isInForce(first));
    expect(posted).toEqual([]);
    answer = () => 503;
    chmodSync(key(), 0o600);
    await until(() => posted.length >= 2, 60_000);
    expect(new Set(posted.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    // One that never answers keeps nobody waiting.
    answer = undefined;
    const asked = posted.length;
    await until(() => posted.length > asked, 60_000);
    const second = await lab.publish({ "omg-app": "2.1" });
    omgd.child.kill("SIGHUP");
    await omgd.hears(isInForce(second));
    answer = () => 200;
    server.closeAllConnections();
    await until(() => isTold(`${second.slice(0, 12)} is in force`), 60_000);
    expect(existsSync(lab.follow.place("state", "daemon", "notify.json"))).toBe(true);
    const said = JSON.stringify(omgd.said) + omgd.stderr();
    expect(said).not.toContain("in-the-path");
    expect(said).not.toContain(KEY);
    expect(await omgd.stop()).toBe(143);
  });
});
