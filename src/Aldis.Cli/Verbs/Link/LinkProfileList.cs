using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Scenarios;

namespace Aldis.Cli.Verbs.Link;

/// <summary>Lists the networks that have a name.</summary>
internal static class LinkProfileList
{
    private const int NameColumns = 10;

    /// <summary>Prints them.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="json">Where events go instead; null without <c>--json</c>.</param>
    public static void Print(Stream output, JsonEvents? json)
    {
        var text = new StringBuilder();
        foreach (LinkProfile profile in LinkProfiles.Known)
        {
            string toTarget = LinkFaultsText.Of(profile.ToTarget);
            string toClient = LinkFaultsText.Of(profile.ToClient);
            json?.Write("profile", writer =>
            {
                writer.WriteString("name", profile.Name);
                writer.WriteString("up", toTarget);
                writer.WriteString("down", toClient);
                writer.WriteString("source", profile.Source);
            });
            text.Append(profile.Name.PadRight(NameColumns)).Append("to target: ").Append(toTarget).Append('\n')
                .Append(' ', NameColumns).Append("to client: ").Append(toClient).Append('\n')
                .Append(' ', NameColumns).Append(profile.Source).Append('\n');
        }

        if (json is null)
        {
            DataOutput.Write(output, Encoding.UTF8.GetBytes(text.ToString()));
        }
    }
}
