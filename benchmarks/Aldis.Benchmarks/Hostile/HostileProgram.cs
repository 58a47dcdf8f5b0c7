using System.Globalization;
using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>What benchmarks/hostile.sh runs: an attack alone, or all of them at once.</summary>
[SupportedOSPlatform("linux")]
internal static class HostileProgram
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        string name = arguments.Word(1);
        if (name == "list")
        {
            foreach (Attack each in Attacks.All)
            {
                Console.WriteLine($"{each.Name,-24}{each.Checks}");
            }

            return 0;
        }

        var ground = new Ground(
            arguments.Text("--aldis"),
            arguments.Text("--work"),
            arguments.TextOrNull("--faults"),
            arguments.Has("--own-network"),
            arguments.Count("--heap", 512))
        {
            IsShort = arguments.Has("--short"),
            HeapHook = typeof(StartupHook).Assembly.Location,
            ServerProcessor = arguments.TextOrNull("--server-processor") is { } number ? int.Parse(number, CultureInfo.InvariantCulture) : null,
        };
        Func<Ground, Verdict, Task>? run = name == "all"
            ? (place, verdict) => AllAtOnce.RunAsync(place, verdict, arguments.Seconds("--seconds"))
            : Attacks.All.FirstOrDefault(each => each.Name == name)?.RunAsync;
        if (run is null)
        {
            await Console.Error.WriteLineAsync($"there is no attack '{name}'; 'list' names them.");
            return 2;
        }

        var found = new Verdict();
        try
        {
            await run(ground, found);
        }
        catch (NotSupportedException exception)
        {
            Console.WriteLine($"attack={name} held=unknown why=\"{exception.Message}\"");
            return 0;
        }

        Console.WriteLine(found.ToLine(name));
        return found.Held ? 0 : 1;
    }
}
