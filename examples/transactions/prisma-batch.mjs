import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "@prisma/client";
import { Emitter } from "socket.io-postgres-emitter-rs";

const adapter = new PrismaPg({ connectionString: process.env.DATABASE_URL });
const prisma = new PrismaClient({ adapter });
const io = new Emitter(process.env.DATABASE_URL);

export async function pay(id, receipt, { outbox = true } = {}) {
  const customer = (outbox ? io.outbox() : io).to(`order:${id}`);
  const { text, values } = customer.statement("emit", "paid", { id, receipt });
  await prisma.$transaction([
    prisma.$executeRaw`UPDATE orders SET state = 'paid' WHERE id = ${id}`,
    prisma.$executeRawUnsafe(text, ...values),
    prisma.$executeRaw`UPDATE account SET balance = balance - 10`,
  ]);
}

export const close = () => prisma.$disconnect();
