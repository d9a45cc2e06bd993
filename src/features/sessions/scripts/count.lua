-- count: how many sessions of an owner are not over.
-- KEYS[1] sessions  hash, the owner's sessions
-- KEYS[2] live      hash, sessions of the bucket that count, and their versions
-- KEYS[3] due       zset, the same by when to look whether they are over
-- KEYS[4] ended     zset, sessions that were ended, by when to forget that
-- KEYS[5] audit     list, what has to be told to the audit stream
-- returns how many
-- use: shared/session.lua
-- use: shared/standing.lua
return #standing_sessions()
