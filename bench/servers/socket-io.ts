// socket.io with its adapter for Redis: a room for each channel.
import { createAdapter } from '@socket.io/redis-adapter';
import { Redis } from 'ioredis';
import { Server } from 'socket.io';
import { setting } from './built.js';
import { listen, publishingServer } from './publishing.js';

const redis = new Redis(setting('REDIS_URL'));

const server = publishingServer(async ({ channel, messages }) => {
  for (const message of messages) io.to(channel).emit('message', message);
});

const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  adapter: createAdapter(redis, redis.duplicate()),
});

io.on('connection', (socket) => {
  void socket.join(String(socket.handshake.query.channel));
});

listen(server);
