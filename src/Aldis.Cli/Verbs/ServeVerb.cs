using System.CommandLine;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis serve</c>: all conversations on their ports, or just those named.</summary>
internal static class ServeVerb
{
    public const string Examples = """
        Examples:
          aldis serve                                    all conversations on their ports, on this machine only
          aldis serve echo messages                      these two, on their default ports
          aldis serve messages=tcp://127.0.0.1:0         one, on a port the system picks
        """;

    public static Command Create(VerbContext context)
    {
        var verb = new Command("serve", "Serve conversations to many clients at once.");
        verb.SetAction(_ => { context.Console.Error.WriteLine("not yet"); return ExitCode.UsageOrLocalError; });
        return verb;
    }
}
