using System.Reflection;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Architecture;

/// <summary>Aldis.Protocols decides and touches nothing: what it refers to shows it (docs/ARCHITECTURE.md).</summary>
public sealed class PurityTests
{
    // What a pure library needs of the runtime: types, collections, spans, text, JSON in memory, hashing, and locks for what several
    // drivers share (System.Threading; threads and timers are in others). A socket, a pipe, a thread, a file,
    // a console or a timer lives in an assembly that is not on this list.
    private static readonly string[] Allowed =
    [
        "System.Runtime",
        "System.Collections",
        "System.Collections.Immutable",
        "System.Linq",
        "System.Memory",
        "System.Numerics.Vectors",
        "System.Runtime.Intrinsics",
        "System.Runtime.InteropServices",
        "System.Security.Cryptography",
        "System.Text.Encoding.Extensions",
        "System.Text.Encodings.Web",
        "System.Text.Json",
        "System.Threading",
    ];

    [Fact]
    public void Protocols_refer_to_no_assembly_that_does_input_or_output() =>
        Assert.Empty(Offenders(typeof(ControlUnit).Assembly));

    [Fact]
    public void An_assembly_that_opens_files_and_runs_processes_is_found_out() =>
        Assert.NotEmpty(Offenders(typeof(PurityTests).Assembly));

    private static IEnumerable<string> Offenders(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name!).Except(Allowed, StringComparer.Ordinal);
}
