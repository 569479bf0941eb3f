package jobs

import (
	"runtime"
	"runtime/debug"
)

// VersionInfo says which leadscore this is.
type VersionInfo struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Revision string `json:"revision,omitempty"` // of the source, with "+changes" where it was built from edited files
}

// Version reads what the Go toolchain stamped into the program.
func Version() VersionInfo {
	v := VersionInfo{Version: "devel", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			v.Revision = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true" && v.Revision != "":
			v.Revision += "+changes"
		}
	}
	return v
}
