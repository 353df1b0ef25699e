package store

import "syscall"

// shares are the file systems whose locks depend on a server, by the type statfs(2) gives.
var shares = map[uint32]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x5346414f: "AFS",
	0x01021997: "9P",
}

// shareOf names the network file system that holds path, and is empty for a disk of this machine.
func shareOf(path string) string {
	var s syscall.Statfs_t
	if syscall.Statfs(path, &s) != nil {
		return ""
	}
	return shares[uint32(s.Type)]
}
