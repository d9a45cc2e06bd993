-- read-page: a run of entries from the top, or from just behind a position.
-- KEYS[1] info      hash
-- KEYS[2] entries   zset
-- KEYS[3] arrivals  hash
-- KEYS[4] metadata  hash
-- KEYS[5] scores    zset of the distinct scores
-- ARGV[1] limit
-- ARGV[2] ranking        ordinal, competition or dense
-- ARGV[3] incarnation    that the position belongs to, '' for the top
-- ARGV[4] afterScore     stored score of the position
-- ARGV[5] afterArrival   its arrival in hexadecimal, '' with ties by member
-- ARGV[6] afterMember
-- returns {'missing'} | {'season-due'} | {'stale'} | {'not-dense'} | {'page', total, incarnation, rows, more, score, arrival, member}
-- use: shared/board.lua
-- use: shared/ranking.lua
local board = load_board()
if not board then return { 'missing' } end
if board.due then return { 'season-due' } end
if ARGV[3] ~= '' and ARGV[3] ~= board.incarnation then return { 'stale' } end
if ARGV[2] == 'dense' and board.dense ~= '1' then return { 'not-dense' } end

-- Not `<`: on strings that follows the server's locale.
local function comes_after(element, other)
  for at = 1, math.min(#element, #other) do
    local a, b = element:byte(at), other:byte(at)
    if a ~= b then return a > b end
  end
  return #element > #other
end

-- The index behind the position, whether or not its entry still stands there: a binary search among those
-- with the same score, which are in byte order.
local function index_behind(score, element)
  local standing = redis.call('ZSCORE', ENTRIES, element)
  if standing and tonumber(standing) == tonumber(score) then return redis.call('ZRANK', ENTRIES, element) + 1 end
  local low = redis.call('ZCOUNT', ENTRIES, '-inf', '(' .. score)
  local high = low + redis.call('ZCOUNT', ENTRIES, score, score)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if comes_after(redis.call('ZRANGE', ENTRIES, middle, middle)[1], element) then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

local start = 0
if ARGV[3] ~= '' then
  local arrival = ARGV[5]:gsub('..', function(digits) return string.char(tonumber(digits, 16)) end)
  start = index_behind(ARGV[4], arrival .. ARGV[6])
end
local limit = tonumber(ARGV[1])
local total = redis.call('ZCARD', ENTRIES)
local rows, element, score = rows_from(board, ARGV[2], start, limit)
local more = start + limit < total and 1 or 0
if not element then return { 'page', total, board.incarnation, rows, more, '', '', '' } end
local arrival = board.by_arrival and element:sub(1, ARRIVAL_BYTES) or ''
local hex = arrival:gsub('.', function(byte) return string.format('%02x', byte:byte()) end)
return { 'page', total, board.incarnation, rows, more, text(tonumber(score)), hex, member_of(board, element) }
