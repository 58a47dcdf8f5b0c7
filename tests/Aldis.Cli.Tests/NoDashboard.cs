using System.Runtime.CompilerServices;

namespace Aldis.Cli.Tests;

/// <summary>Servers of tests show no dashboard unless the test is about it: they would all want one port.</summary>
internal static class NoDashboard
{
    [ModuleInitializer]
    internal static void Say() => Environment.SetEnvironmentVariable("ALDIS_DASHBOARD", "off");
}
