namespace Aldis.Lab.Experiments;

/// <summary>What was taken for something else because its number is short: how often, and first.</summary>
internal sealed class LabMistakes
{
    /// <summary>Frames that the receiver took for others and kept.</summary>
    public long Frames { get; private set; }

    /// <summary>The first of them, or null.</summary>
    public LabMistake? FirstFrame { get; private set; }

    /// <summary>Acknowledgements that the sender took for others.</summary>
    public long Acknowledgements { get; private set; }

    /// <summary>The first of them, or null.</summary>
    public LabMistake? FirstAcknowledgement { get; private set; }

    /// <summary>Whether the first of all was a frame.</summary>
    public bool BeganWithFrame => FirstFrame is { } frame && !(FirstAcknowledgement?.TimeNanoseconds < frame.TimeNanoseconds);

    /// <summary>Whether there was any.</summary>
    public bool Any => Frames + Acknowledgements > 0;

    public void AddFrame(in LabMistake mistake)
    {
        Frames++;
        FirstFrame ??= mistake;
    }

    public void AddAcknowledgement(in LabMistake mistake)
    {
        Acknowledgements++;
        FirstAcknowledgement ??= mistake;
    }
}
