-- read-members: the entries of some members, ranked on the whole board, in the order of the request.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- ARGV[1] ranking  ordinal, competition or dense
-- ARGV[2…] members
-- returns {'missing'} | {'season-due'} | {'not-dense'} | {'members', total, {score, rank, metadata, index, …}}, all false for an absent one
-- use: shared/board.lua
-- use: shared/ranking.lua
local board = load_board()
if not board then return { 'missing' } end
if board.due then return { 'season-due' } end
if ARGV[1] == 'dense' and board.dense ~= '1' then return { 'not-dense' } end

local rows = {}
for at = 2, #ARGV do
  local element = element_of(board, ARGV[at])
  local row = { false, false, false, false }
  if element then
    local stored = tonumber(redis.call('ZSCORE', ENTRIES, element))
    local index = redis.call('ZRANK', ENTRIES, element)
    row = {
      text(board.sign * stored), rank_of(ARGV[1], index, stored), redis.call('HGET', METADATA, ARGV[at]), index,
    }
  end
  for column = 1, 4 do rows[#rows + 1] = row[column] end
end
return { 'members', redis.call('ZCARD', ENTRIES), rows }
