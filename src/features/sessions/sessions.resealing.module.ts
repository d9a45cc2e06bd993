import { Module } from '@nestjs/common';
import { SessionBuckets } from './sessions.buckets.js';
import { SessionKeys } from './sessions.keys.js';
import { SessionResealing } from './sessions.resealing.js';
import { SessionVault } from './sessions.vault.js';

/** What it takes to put sessions under another key, and nothing that serves or sweeps them. */
@Module({ providers: [SessionBuckets, SessionKeys, SessionResealing, SessionVault] })
export class SessionsResealingModule {}
