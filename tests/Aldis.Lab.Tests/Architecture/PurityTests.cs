using System.Reflection;
using Aldis.Lab.Experiments;

namespace Aldis.Lab.Tests.Architecture;

/// <summary>Aldis.Lab explains and touches nothing: what it refers to shows it (docs/ARCHITECTURE.md).</summary>
public sealed class PurityTests
{
    // Beside what the pure room itself needs: JSON and XML, written to what a caller hands in. Files, sockets, threads, timers and the console
    // live in assemblies that are not on this list.
    private static readonly string[] Allowed =
    [
        "Aldis.Protocols",
        "System.Runtime",
        "System.Collections",
        "System.Linq",
        "System.Memory",
        "System.Runtime.InteropServices",
        "System.Text.Encoding.Extensions",
        "System.Text.Encodings.Web",
        "System.Text.Json",
        "System.Xml.ReaderWriter",
    ];

    [Fact]
    public void The_laboratory_refers_to_no_assembly_that_does_input_or_output() =>
        Assert.Empty(Offenders(typeof(LabRun).Assembly));

    [Fact]
    public void An_assembly_that_runs_on_an_operating_system_is_found_out() =>
        Assert.NotEmpty(Offenders(typeof(PurityTests).Assembly));

    private static IEnumerable<string> Offenders(Assembly assembly) =>
        assembly.GetReferencedAssemblies().Select(name => name.Name!).Except(Allowed, StringComparer.Ordinal);
}
