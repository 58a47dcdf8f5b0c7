using System.CommandLine;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Listen</c>: which conversations are served, and where.</summary>
internal sealed class ListenArguments
{
    private readonly WordsSetting _names;

    private readonly OptionSetting<string?> _host = TypedSetting.Text(
        "Listen:Host",
        "--listen",
        "ADDR",
        "where to listen if ADDRESS names no host; 127.0.0.1 includes ::1, 'any' is every interface",
        "127.0.0.1");

    /// <summary>Makes them.</summary>
    /// <param name="conversations">The conversations there are.</param>
    public ListenArguments(IReadOnlyList<Conversation> conversations)
    {
        Names = new Argument<string[]>("NAME[=ADDRESS]")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = Describe(conversations),
        };
        Names.CompletionSources.Add([.. conversations.Select(static conversation => conversation.Name)]);
        _names = new WordsSetting("Listen:Conversations", Names, "ALDIS_CONVERSATIONS");
    }

    /// <summary>The words of the command line.</summary>
    public Argument<string[]> Names { get; }

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_names, _host];

    /// <summary>What is served, as it was written.</summary>
    public string[] ReadNames(ServeConfiguration configuration) => configuration.Get(_names);

    /// <summary>The host for what names none.</summary>
    public string ReadHost(ServeConfiguration configuration) => configuration.Get(_host)!;

    private static string Describe(IReadOnlyList<Conversation> conversations)
    {
        string[] names = [.. conversations.Select(static conversation => conversation.Name)];
        IEnumerable<string> options = conversations.SelectMany(static conversation => conversation.AddressOptions.Select(
            option => $"; '?{option.Name}' at {(option.Scheme is { } scheme ? $"a {EndpointAddress.SchemeName(scheme)}" : "an")} address of "
                + $"{conversation.Name} means {option.Description}"));
        return $"{string.Join(", ", names[..^1])} or {names[^1]}, with where to serve it; all of them if left out{string.Concat(options)}";
    }
}
