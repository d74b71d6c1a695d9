import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { Emitter } from "socket.io-postgres-emitter-rs";

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });

export function pay(id, receipt, { outbox = true } = {}) {
  return prisma.$transaction(async (tx) => {
    const run = (text, values) => tx.$queryRawUnsafe(text, ...values);
    const io = outbox ? Emitter.outbox(run) : Emitter.using(run);
    await tx.$executeRaw`UPDATE orders SET state = 'paid' WHERE id = ${id}`;
    await io.to(`order:${id}`).emit("paid", { id, receipt });
    await tx.$executeRaw`UPDATE account SET balance = balance - 10`;
  });
}

export const close = () => prisma.$disconnect();
