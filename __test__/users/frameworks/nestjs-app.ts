import "reflect-metadata";
import { Inject, Injectable, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { Emitter } from "socket.io-postgres-emitter-rs";
import { EmitterModule } from "./frameworks/nestjs.mjs";

@Injectable()
class News {
  @Inject(Emitter) private readonly io!: Emitter;

  tell() {
    return this.io.emit("news", "NestJS");
  }
}

@Module({ imports: [EmitterModule], providers: [News] })
class Application {}

const app = await NestFactory.createApplicationContext(Application, { logger: ["error"] });
await app.get(News).tell();
const io = app.get(Emitter);
await app.close();
console.log(io.state);
