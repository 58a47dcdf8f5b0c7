using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Aldis.Cli.Manual;

/// <summary>A page of the manual, in the words of <c>--help</c>, as man(7) has it: plain ASCII, whatever the words are.</summary>
/// <param name="Version">What the foot of a page says of the program.</param>
/// <param name="ExitStatus">The end of every help, its first line a heading.</param>
internal sealed partial record ManualPage(string Version, string ExitStatus)
{
    /// <summary>The name of a page, without its section.</summary>
    /// <param name="command">A verb, or the command itself.</param>
    public static string NameOf(Command command) => command is RootCommand ? "aldis" : "aldis-" + command.Name;

    /// <summary>Writes a page.</summary>
    /// <param name="command">A verb, or the command itself.</param>
    /// <param name="examples">The begin of its help, its first line a heading.</param>
    /// <returns>The source of the page.</returns>
    public string Of(Command command, string examples)
    {
        var page = new StringBuilder();
        string name = NameOf(command);
        string summary = VerbText.Summary(command);
        Line($""".TH {Escape(name.ToUpperInvariant())} 1 "" "aldis {Escape(Version)}" "Aldis" """.TrimEnd());
        Section("NAME");
        Line($@"{Escape(name)} \- {Escape(char.ToLowerInvariant(summary[0]) + summary[1..])}");
        Section("SYNOPSIS");
        Line(command is RootCommand
            ? @"\fBaldis\fR \fIVERB\fR [\fIoptions\fR]"
            : $@"\fBaldis {Escape(command.Name)}\fR \fI{Escape(VerbText.Shape(command))}\fR [\fIoptions\fR]");
        Section("DESCRIPTION");
        Paragraphs(command.Description ?? string.Empty);
        if (command.Subcommands.Count > 0)
        {
            Section("VERBS");
            foreach (Command verb in command.Subcommands)
            {
                Item($@"\fB{Escape(NameOf(verb))}\fR(1)", VerbText.Summary(verb));
            }
        }

        Argument[] arguments = [.. command.Arguments.Where(static argument => !argument.Hidden)];
        if (arguments.Length > 0)
        {
            Section("ARGUMENTS");
            foreach (Argument argument in arguments)
            {
                Item($@"\fI{Escape(argument.Name)}\fR", VerbText.Description(argument));
            }
        }

        Section("OPTIONS");
        foreach (Option option in command.Options.Where(static option => !option.Hidden))
        {
            (IReadOnlyList<string> names, string? value) = VerbText.Spelling(option);
            string spelled = string.Join(", ", names.Select(static one => $@"\fB{Escape(one)}\fR"));
            Item(value is null ? spelled : $@"{spelled} \fI{Escape(value)}\fR", VerbText.Description(option));
        }

        Section("EXAMPLES");
        AsItIs(BehindHeading(examples));
        Section("EXIT STATUS");
        AsItIs(BehindHeading(ExitStatus));
        Section("SEE ALSO");
        Line(command is RootCommand ? @"\fBman\fR(1)" : @"\fBaldis\fR(1)");
        return page.ToString();

        void Line(string text) => page.Append(text).Append('\n');

        void Section(string heading) => Line($".SH {heading}");

        void Item(string label, string text)
        {
            Line(".TP");
            Line(label);
            Line(Text(text.ReplaceLineEndings(" ")));
        }

        void AsItIs(IEnumerable<string> lines)
        {
            Line(".nf");
            foreach (string line in lines)
            {
                Line(Text(line));
            }

            Line(".fi");
        }

        void Paragraphs(string text)
        {
            foreach (string paragraph in text.ReplaceLineEndings("\n").Split("\n\n"))
            {
                Line(".PP");
                if (Column().IsMatch(paragraph))
                {
                    AsItIs(paragraph.Split('\n'));
                }
                else
                {
                    Line(Text(paragraph.Replace('\n', ' ')));
                }
            }
        }
    }

    private static IEnumerable<string> BehindHeading(string text) =>
        text.ReplaceLineEndings("\n").Split('\n').Skip(1)
            .Select(static line => line.StartsWith("  ", StringComparison.Ordinal) ? line[2..] : line);

    /// <summary>A line that is text, whatever it begins with.</summary>
    private static string Text(string line)
    {
        string escaped = Escape(line);
        return escaped.StartsWith('.') ? @"\&" + escaped : escaped;
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            escaped.Append(rune.Value switch
            {
                '\\' => @"\e",
                '-' => @"\-",
                '\'' => @"\(aq",
                '"' => @"\(dq",
                '`' => @"\(ga",
                '^' => @"\(ha",
                '~' => @"\(ti",
                '…' => "...",
                < 0x80 => rune.ToString(),
                _ => string.Create(CultureInfo.InvariantCulture, $@"\[u{rune.Value:X4}]"),
            });
        }

        return escaped.ToString();
    }

    /// <summary>Columns within a line: what is set as it is written.</summary>
    [GeneratedRegex(@"\S {2,}\S", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Column();
}
