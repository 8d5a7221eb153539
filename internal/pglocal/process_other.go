//go:build !linux

package pglocal

import "syscall"

// dieWithParent can do nothing here: the next Start ends a server that was left behind.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
