import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { afterEach, expect, it } from "vitest";
import type { Place } from "../../app/peers/exchange.ts";
import { type Discovery, openDiscovery } from "../../daemon/peers/discovery.ts";
import { until } from "../support/until.ts";

const LOOPBACK = { name: "lo", address: "127.0.0.1", cidr: "127.0.0.1/8" };
const TYPE = "_omg-peer._tcp.local";
const [PTR, TXT, SRV] = [12, 16, 33];

let discovery: Discovery | undefined;
afterEach(() => discovery?.end());

/** RFC 1035, 3.1. */
function name(text: string): Buffer {
  const labels = text === "" ? [] : text.split(".");
  return Buffer.concat([
    ...labels.flatMap((each) => [Buffer.from([each.length]), Buffer.from(each)]),
    Buffer.from([0]),
  ]);
}

/** RFC 1035, 4.1.3. */
function record(owner: string, type: number, data: Buffer): Buffer {
  const middle = Buffer.alloc(10);
  middle.writeUInt16BE(type, 0);
  middle.writeUInt16BE(1, 2);
  middle.writeUInt32BE(120, 4);
  middle.writeUInt16BE(data.length, 8);
  return Buffer.concat([name(owner), middle, data]);
}

/** An answer that nobody asked for. */
function answer(...records: readonly Buffer[]): Buffer {
  const head = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, records.length, 0, 0, 0, 0]);
  return Buffer.concat([head, ...records]);
}

function announced(instance: string, port: number): Buffer {
  const place = Buffer.from([0, 0, 0, 0, port >> 8, port & 0xff]);
  return answer(
    record(TYPE, PTR, name(instance)),
    record(instance, SRV, Buffer.concat([place, name("x.local")])),
    record(instance, TXT, Buffer.from([1, 0x3d])),
  );
}

it("hears of a place whatever else is said on the network, and takes the address from the packet", async () => {
  const found: Place[] = [];
  discovery = await openDiscovery(LOOPBACK, 7001, { onFound: (place) => found.push(place), onLost: () => undefined });
  const socket = createSocket("udp4");
  const send = (packet: Buffer) => new Promise<void>((sent) => socket.send(packet, 5353, "127.0.0.1", () => sent()));
  const odd = [
    Buffer.alloc(0),
    announced("", 1),
    announced("_", 1),
    announced(TYPE, 1),
    announced("__proto__", 1),
    answer(record(TYPE, PTR, Buffer.alloc(0))),
    answer(record(TYPE, SRV, Buffer.alloc(6)), record(TYPE, PTR, name(TYPE))),
    ...Array.from({ length: 300 }, (_, length) => randomBytes(length)),
    ...Array.from({ length: 300 }, () => {
      const packet = announced(`a.${TYPE}`, 1);
      packet[12 + ((randomBytes(1)[0] ?? 0) % (packet.length - 12))] = randomBytes(1)[0] ?? 0;
      return packet;
    }),
  ];
  for (const packet of odd) await send(packet);
  await until(async () => {
    await send(announced(`honest.${TYPE}`, 7002));
    return found.some(({ port }) => port === 7002);
  });
  socket.close();
  expect(found.find(({ port }) => port === 7002)).toEqual({ address: "127.0.0.1", port: 7002 });
});
