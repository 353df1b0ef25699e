package store

// topsSQL makes the table of the numbers of first folders, see top16. It is the settler's, and is of the rows
// that count.
const topsSQL = `create table if not exists tops (
	top16  usmallint not null,
	folder varchar not null,  -- one that has it, its slash included; a key without a slash is its own
	alone  boolean not null   -- no other one has it
)`

// folder is the number of a first folder, and whether that decides: of the rows that count there are some with
// the number, and all of them are in that folder.
func (e *Engine) folder(name string) (number uint16, decides bool) {
	number = top16(name)
	h := e.lent()
	if h == nil {
		return number, false
	}
	err := h.db.QueryRow(`select exists (from tops where top16 = cast(? as usmallint) and alone and folder = ?)`, int64(number), name).Scan(&decides)
	return number, err == nil && decides
}
