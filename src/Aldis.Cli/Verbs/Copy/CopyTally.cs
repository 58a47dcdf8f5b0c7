using Aldis.Protocols.Files;
using Aldis.Transports;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>What became of the files of a copy, in numbers, and which exit status that is. Directories count where they fail alone: that
/// one is there says nothing of what was to be in it.</summary>
internal sealed class CopyTally
{
    /// <summary>The status of the failure that came first, where nothing is confirmed.</summary>
    private int _firstFailure;

    /// <summary>Files and links that the other side has, and proved it.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Those of them that were there before.</summary>
    public long WereThere { get; private set; }

    /// <summary>Bytes of the confirmed.</summary>
    public long ConfirmedBytes { get; private set; }

    /// <summary>What the other side did not take.</summary>
    public long Refused { get; private set; }

    /// <summary>What could not be read here, or changed while it was.</summary>
    public long Failed { get; private set; }

    /// <summary>What is no file, and of which nothing was to be copied.</summary>
    public long LeftOut { get; private set; }

    /// <summary>An entry is there.</summary>
    /// <param name="isDirectory">Whether it is a directory.</param>
    /// <param name="bytes">Bytes of a file.</param>
    /// <param name="wasThere">Whether it was there before.</param>
    public void Confirm(bool isDirectory, long bytes, bool wasThere)
    {
        Confirmed += isDirectory ? 0 : 1;
        WereThere += !isDirectory && wasThere ? 1 : 0;
        ConfirmedBytes += bytes;
    }

    /// <summary>An entry is not taken, or was not sent.</summary>
    /// <param name="code">Why.</param>
    public void Refuse(RefusalCode code)
    {
        if (code is RefusalCode.Changed or RefusalCode.Unreadable)
        {
            Fail();
            return;
        }

        Refused++;
        Note(code is RefusalCode.Corrupt or RefusalCode.Differs ? ExitCode.IntegrityMismatch : ExitCode.Refused);
    }

    /// <summary>Something is here and cannot be copied.</summary>
    public void Fail()
    {
        Failed++;
        Note(ExitCode.UsageOrLocalError);
    }

    /// <summary>An entry that was not taken is there after all.</summary>
    /// <param name="code">Why it was not.</param>
    public void TakeBack(RefusalCode code)
    {
        if (code is RefusalCode.Changed or RefusalCode.Unreadable)
        {
            Failed--;
        }
        else
        {
            Refused--;
        }

        _firstFailure = Refused + Failed == 0 ? 0 : _firstFailure;
    }

    /// <summary>Something is here that is no file, or is to be left as it is over there.</summary>
    public void LeaveOut() => LeftOut++;

    /// <summary>Something that was left as it is over there is copied after all.</summary>
    public void TakeBackLeftOut() => LeftOut--;

    /// <summary>What the command ends with.</summary>
    /// <param name="broken">What ended the copy before everything was settled; null where nothing did.</param>
    public int ExitStatus(CommunicationFailure? broken)
    {
        if (broken is null && _firstFailure == 0)
        {
            return ExitCode.Confirmed;
        }

        return Confirmed > 0 ? ExitCode.PartlyConfirmed : broken is { } failure ? ExitCode.Of(failure) : _firstFailure;
    }

    private void Note(int status) => _firstFailure = _firstFailure == 0 ? status : _firstFailure;
}
