using System.CommandLine;
using System.Text;
using Aldis.Cli.Conversations;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Transports.Randomness;

namespace Aldis.Cli.Verbs.Tokens;

/// <summary><c>aldis token</c>: identities for devices.</summary>
internal static class TokenVerb
{
    public const string Examples = """
        Examples:
          aldis token new pump-7                                    a token for the client pump-7, and the line for the server
          aldis token new pumps --ids 'pump-*' --rights send        one for all pumps
          aldis token new backup --rights read --conversations files --until 2027-01-01
        """;

    private const string Explanation = """
        Make a token: 256 random bits, printed once. Standard output has two lines: the token, for the device's own file (chmod 600), and the
        line for the server's file of tokens, which has its hash (aldis serve --tokens FILE). Nothing is kept here.
        """;

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("new") { Description = "'new' makes a token" };
        what.AcceptOnlyFromAmong("new");
        var name = new Argument<string>("NAME") { Description = "what the token is called in the file and in events: as a client id" };
        var ids = new Option<string?>("--ids")
        {
            HelpName = "GLOB,…",
            Description = "the client ids it is for, '*' for any characters, '?' for any one; NAME alone if left out",
        };
        var conversations = new Option<string?>("--conversations")
        {
            HelpName = "NAME,…",
            Description = "the conversations it is for; all of them if left out",
        };
        var rights = new Option<string?>("--rights")
        {
            HelpName = "RIGHT,…",
            Description = "send: give the server messages, files and text; read: fetch files; admin: everything; send if left out",
        };
        var until = new Option<string?>("--until")
        {
            HelpName = "DATE",
            Description = "from when on it counts no longer, such as 2027-01-01; never if left out",
        };
        Option<bool> json = VerbContext.JsonOption();
        var verb = new Command("token", Explanation) { what, name, ids, conversations, rights, until, json };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), events =>
        {
            string[] known = [.. KnownConversations.All.Select(static conversation => conversation.Name)];
            string token = TokenText.Of(SystemRandom.GetBytes(TokenText.RandomBytes));
            TokenEntry entry = Describe(call.GetValue(name)!, token) with
            {
                Ids = Read("--ids", call.GetValue(ids) ?? call.GetValue(name)!, TokenFile.ReadIds),
                Conversations = Read(
                    "--conversations",
                    call.GetValue(conversations) ?? TokenEntry.EveryConversation,
                    text => TokenFile.ReadConversations(text, known)),
                Rights = Read("--rights", call.GetValue(rights) ?? "send", TokenFile.ReadRights),
                Until = call.GetValue(until) is { } text ? Read("--until", text, TokenFile.ReadUntil) : null,
            };
            if (events is not null)
            {
                events.Write("token", writer =>
                {
                    writer.WriteString("token", token);
                    writer.WriteString("line", entry.ToString());
                });
            }
            else
            {
                DataOutput.Write(context.Console.Output, Encoding.ASCII.GetBytes($"{token}\n{entry}\n"));
            }

            return Task.FromResult(ExitCode.Confirmed);
        }));
        return verb;
    }

    private static TokenEntry Describe(string name, string token)
    {
        if (!ClientId.IsValid(name))
        {
            throw new UsageException($"'{name}' is no name of a token: 1 to {ClientId.MaxLength} of A-Z a-z 0-9 . _ -.");
        }

        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(Encoding.ASCII.GetBytes(token), hash);
        return new TokenEntry { Name = name, Hash = hash, Ids = [name] };
    }

    private static T Read<T>(string option, string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"{option}: {exception.Message}");
        }
    }
}
