using System.Globalization;
using System.Text;
using System.Xml;

namespace Aldis.Lab.Drawings;

/// <summary>Writes SVG: every text escaped, every number in the same form whatever the machine's language.</summary>
internal sealed class SvgWriter : IDisposable
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    private static readonly XmlWriterSettings Settings = new()
    {
        OmitXmlDeclaration = true, // UTF-8 and XML 1.0 are what a reader assumes, and inside HTML there must be none
        NewLineChars = "\n",
        Encoding = new UTF8Encoding(false),
        CheckCharacters = false,
        CloseOutput = false,
    };

    private readonly XmlWriter _xml;

    public SvgWriter(TextWriter output) => _xml = XmlWriter.Create(output, Settings);

    /// <summary>A length or position with two decimals at most.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Opens an element.</summary>
    public void Start(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        _xml.WriteStartElement(null, name, Namespace);
        foreach ((string attribute, string value) in attributes)
        {
            _xml.WriteAttributeString(attribute, Printable(value));
        }
    }

    /// <summary>Closes the element that was opened last.</summary>
    public void End() => _xml.WriteEndElement();

    /// <summary>An element without content.</summary>
    public void Element(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(name, attributes);
        End();
    }

    /// <summary>An element with text.</summary>
    public void TextElement(string name, string text, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Start(name, attributes);
        Text(text);
        End();
    }

    /// <summary>A line of text at a place.</summary>
    public void Label(double x, double y, string cssClass, string text) =>
        TextElement("text", text, ("x", Number(x)), ("y", Number(y)), ("class", cssClass));

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string cssClass) =>
        Element("line", ("x1", Number(x1)), ("y1", Number(y1)), ("x2", Number(x2)), ("y2", Number(y2)), ("class", cssClass));

    /// <summary>A path.</summary>
    public void Path(string data, string cssClass) => Element("path", ("d", data), ("class", cssClass));

    /// <summary>Text inside the open element.</summary>
    public void Text(string text) => _xml.WriteString(Printable(text));

    /// <summary>A line break between elements, so that a picture can be read and compared as text.</summary>
    public void NewLine() => _xml.WriteWhitespace("\n");

    /// <summary>A style sheet of our own, as it is.</summary>
    public void Style(string css) => TextElement("style", css);

    /// <inheritdoc/>
    public void Dispose() => _xml.Dispose();

    /// <summary>What no XML document can hold is shown as a replacement character.</summary>
    private static string Printable(string text)
    {
        int bad = IndexOfBad(text, 0);
        if (bad < 0)
        {
            return text;
        }

        var clean = new StringBuilder(text);
        for (; bad >= 0; bad = IndexOfBad(text, bad + 1))
        {
            clean[bad] = '\uFFFD';
        }

        return clean.ToString();
    }

    private static int IndexOfBad(string text, int start)
    {
        for (int i = start; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (!isPair && !XmlConvert.IsXmlChar(text[i]))
            {
                return i;
            }

            i += isPair ? 1 : 0;
        }

        return -1;
    }
}
