using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Aldis.Cli.Manual;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;
using Aldis.Cli.Verbs.Certificates;
using Aldis.Cli.Verbs.Store;
using Aldis.Cli.Verbs.Tokens;

namespace Aldis.Cli;

/// <summary>The command <c>aldis</c>: its verbs, its help and how a wrong call is answered.</summary>
internal static class AldisCommand
{
    private const string Examples = """
        Examples:
          aldis serve                                  all five conversations on their ports
          aldis echo 127.0.0.1:12345 'Hello, world'    one message to the echo and back
          aldis ping 127.0.0.1 -c 3                    whether somebody is there, and how far away
          aldis talk 127.0.0.1:8888                    say something, see it answered
          aldis log --follow                           what arrives, as it is stored
          aldis link udp://:9001 udp://127.0.0.1:9000  a bad network before a server
          aldis lab                                    stop-and-wait at work, beside the theory
          aldis bench 127.0.0.1:12345 --rate 5000      a load on a server, and how long its answers take
        """;

    private const string ExitStatus = """
        Exit status:
          0 all confirmed        1 network error        2 usage or local file error
          3 timeout              4 refused by the peer  5 integrity mismatch
          6 partly confirmed     7 TLS or a token       8 an expectation failed
          70 a fault of aldis    129 hung up            130 interrupted
          141 nobody reads stdout                       143 terminated
          2 also where stdout cannot be written (a full disk); stderr changes nothing.
        """;

    /// <summary>Runs the command line. Here, for every verb, it is decided what a standard output that fails and a fault mean.</summary>
    /// <param name="arguments">The words after <c>aldis</c>, as <see cref="ArgumentText"/> has them.</param>
    /// <param name="console">Where to read and write.</param>
    /// <param name="interruption">Cancelled when the user asks for an orderly end.</param>
    /// <param name="hangup">What SIGHUP means; it never comes if left out.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CommandConsole console, CancellationToken interruption, Hangup? hangup = null)
    {
        await using var output = new GuardedOutput(console.Output, console.Error);
        int exitCode;
        try
        {
            exitCode = await InvokeAsync(arguments, new VerbContext(console with { Output = output }, interruption, output.Failed)
            {
                Hangup = hangup ?? new Hangup(),
            });
        }
        catch (OutputFailedException exception)
        {
            exitCode = exception.ExitCode;
        }
        catch (Exception exception)
        {
            exitCode = Fault.Tell(console.Error, exception);
        }

        // Whether the verb took notice or went on without: what was to be printed is not there.
        return output.Failure?.ExitCode ?? exitCode;
    }

    private static async Task<int> InvokeAsync(string[] arguments, VerbContext context)
    {
        RootCommand root = Build(context);
        TextWriter error = context.Console.Error;
        await using var data = new StreamWriter(context.Console.Output, leaveOpen: true) { NewLine = "\n" };
        var invocation = new InvocationConfiguration
        {
            Output = data,
            Error = error,
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };

        // A word that begins with '@' is a message like any other, never a file with further words.
        ParseResult call = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (ArgumentCheck.WhyNot(call) is string reason)
        {
            return Refuse(context, call, [reason]);
        }

        // Who asks for help, or for the next word, has not yet named everything that is needed.
        bool asksForWords = root.Directives.Any(directive => call.GetResult(directive) is not null);
        if (call.Action is not ExamplesFirst && !asksForWords && CallCheck.WhyNot(call, arguments) is { Count: > 0 } sentences)
        {
            Refuse(context, call, sentences);
            string verb = call.CommandResult.Command is RootCommand ? string.Empty : " " + call.CommandResult.Command.Name;
            await error.WriteLineAsync($"aldis: 'aldis{verb} --help' shows how it is called.");
            return ExitCode.UsageOrLocalError;
        }

        return await call.InvokeAsync(invocation, CancellationToken.None);
    }

    /// <summary>Answers a call that no verb gets to see; who asked for events has one of it too.</summary>
    private static int Refuse(VerbContext context, ParseResult call, IReadOnlyList<string> sentences)
    {
        bool wantsJson = call.CommandResult.Children.OfType<OptionResult>().Any(
            static given => given.Option.Name == VerbContext.JsonName && !given.Implicit);
        JsonEvents? json = wantsJson ? new JsonEvents(context.Console.Output, clock: TimeProvider.System) : null;
        return context.Report(json, ExitCode.UsageOrLocalError, sentences);
    }

    /// <summary>Makes the command with all its verbs.</summary>
    /// <param name="context">What every verb is given.</param>
    internal static RootCommand Build(VerbContext context)
    {
        var root = new RootCommand("Aldis: client-server conversations in which what is sent is answered.");
        var examples = new Dictionary<string, string>(StringComparer.Ordinal) { [root.Name] = Examples };
        Add(ServeVerb.Create(context), ServeVerb.Examples);
        Add(EchoVerb.Create(context), EchoVerb.Examples);
        Add(PingVerb.Create(context), PingVerb.Examples);
        Add(TalkVerb.Create(context), TalkVerb.Examples);
        Add(SendVerb.Create(context), SendVerb.Examples);
        Add(CopyVerb.Create(context), CopyVerb.Examples);
        Add(LogVerb.Create(context), LogVerb.Examples);
        Add(LinkVerb.Create(context), LinkVerb.Examples);
        Add(LabVerb.Create(context), LabVerb.Examples);
        Add(BenchVerb.Create(context), BenchVerb.Examples);
        Add(CertVerb.Create(context), CertVerb.Examples);
        Add(DashboardVerb.Create(context), DashboardVerb.Examples);
        Add(TokenVerb.Create(context), TokenVerb.Examples);
        Add(StoreVerb.Create(context), StoreVerb.Examples);
        Add(CompletionVerb.Create(context, root), CompletionVerb.Examples);
        Add(ManualVerb.Create(context, root, examples, ExitStatus), ManualVerb.Examples);

        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Action = new ExamplesFirst((HelpAction)help.Action!, examples);
        }

        void Add(Command verb, string verbExamples)
        {
            foreach (Option flag in verb.Options.Where(static option => option.ValueType == typeof(bool)))
            {
                // It is there or not: 'send --quiet HOST true' has a message.
                flag.Arity = ArgumentArity.Zero;
            }

            root.Subcommands.Add(verb);
            examples[verb.Name] = verbExamples;
        }

        root.SetAction(_ =>
        {
            context.Console.Error.WriteLine("aldis: name a verb, for example 'aldis serve'. 'aldis --help' lists them.");
            return ExitCode.UsageOrLocalError;
        });
        return root;
    }

    /// <summary>Help that begins with examples that can be pasted and ends with the exit codes.</summary>
    private sealed class ExamplesFirst(HelpAction inner, Dictionary<string, string> examples) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            Command command = parseResult.CommandResult.Command;
            output.WriteLine(examples[command.Name]);
            output.WriteLine();
            foreach (Command verb in command.Subcommands)
            {
                // A line for each: what more there is, its own help says.
                verb.Description = VerbText.Summary(verb);
                foreach (Argument argument in verb.Arguments)
                {
                    argument.Hidden = true;
                }
            }

            int result = inner.Invoke(parseResult);
            output.WriteLine(ExitStatus);
            output.Flush();
            return result;
        }
    }
}
