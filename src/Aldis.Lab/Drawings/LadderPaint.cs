namespace Aldis.Lab.Drawings;

/// <summary>Colours of a ladder on a terminal (ECMA-48), or none. Meaning never rests on colour alone.</summary>
/// <param name="isOn">Whether a person watches who has not asked for plain text.</param>
internal sealed class LadderPaint(bool isOn)
{
    private const string Reset = "\e[0m";

    /// <summary>Axes and times: present, not loud.</summary>
    public string Quiet(string text) => In("\e[2m", text);

    /// <summary>Lost or damaged.</summary>
    public string Bad(string text) => In("\e[31m", text);

    /// <summary>Sent again.</summary>
    public string Again(string text) => In("\e[33m", text);

    /// <summary>Why.</summary>
    public string Reason(string text) => In("\e[36m", text);

    /// <summary>A heading.</summary>
    public string Strong(string text) => In("\e[1m", text);

    private string In(string colour, string text) => isOn && text.Length > 0 ? colour + text + Reset : text;
}
