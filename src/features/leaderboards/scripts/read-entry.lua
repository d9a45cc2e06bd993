-- read-entry: one member's entry, with how many stand strictly better.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- ARGV[1] member
-- ARGV[2] ranking  ordinal, competition or dense
-- returns {'missing'} | {'season-due'} | {'not-dense'} | {'absent'} | {'entry', score, rank, better, total, metadata, arrivalMicros}
-- use: shared/board.lua
-- use: shared/ranking.lua
local board = load_board()
if not board then return { 'missing' } end
if board.due then return { 'season-due' } end
if ARGV[2] == 'dense' and board.dense ~= '1' then return { 'not-dense' } end

local element = element_of(board, ARGV[1])
if not element then return { 'absent' } end
local stored = tonumber(redis.call('ZSCORE', ENTRIES, element))
local index = redis.call('ZRANK', ENTRIES, element)
local arrival = board.by_arrival and string.format('%.0f', struct.unpack('>I7', element)) or false
return {
  'entry', text(board.sign * stored), rank_of(ARGV[2], index, stored),
  redis.call('ZCOUNT', ENTRIES, '-inf', '(' .. text(stored)), redis.call('ZCARD', ENTRIES),
  redis.call('HGET', METADATA, ARGV[1]), arrival,
}
